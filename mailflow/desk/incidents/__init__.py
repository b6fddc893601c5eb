"""Trouble that many have at once."""
