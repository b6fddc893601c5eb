"""Delivery reports, by their fields (RFC 3464) and in prose."""
