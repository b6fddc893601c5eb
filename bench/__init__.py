"""How fast mail becomes tickets, beside a server that does nothing at all. `make bench`."""
