"""Who asked to be registered, and what becomes of it."""
