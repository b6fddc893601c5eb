"""Tickets, and what hangs at them."""
