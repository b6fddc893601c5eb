"""Working hours, what is due by them, and what happens when it is."""
