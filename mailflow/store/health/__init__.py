"""How the database is, and the daemons that work on it."""
