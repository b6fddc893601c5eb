"""A file of an admin as text."""

from pathlib import Path

from mailflow.errors import ConfigurationError, Problem


def text_of(file: Path) -> str:
    """ConfigurationError when it cannot be read, or is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError([Problem(str(file), 0, "file", f"cannot be read: {why}")]) from None
