"""Somebody on call is to look now."""
