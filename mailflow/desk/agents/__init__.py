"""What agents do to a ticket, and how they say it by mail."""
