"""Who is not registered asks to be, or to be let in again, and agents decide."""
