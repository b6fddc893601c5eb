"""Entries of the journal after they came in: held, at their end, read again."""
