"""A backup takes the place of the database."""
