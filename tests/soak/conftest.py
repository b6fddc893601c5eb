"""What the senders need, as the tests with Debian's servers do."""

from tests.interop.conftest import open_folder as open_folder
