"""Floor 4: the loops that move mail from one durable boundary to the next."""
