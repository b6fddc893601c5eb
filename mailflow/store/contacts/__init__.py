"""Who is registered, what is on file of them, and who said so."""
