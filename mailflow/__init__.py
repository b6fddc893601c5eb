"""The e-mail side of a support organisation as one daemon."""

__version__ = "0.1.0"
