"""What the mail programs need, as the tests with Debian's servers do, and the world that the hostile meet."""

from tests.hostile.conftest import built as built
from tests.hostile.conftest import world as world
from tests.interop.conftest import open_folder as open_folder
