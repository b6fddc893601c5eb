"""Trouble that many have at once, as rows."""
