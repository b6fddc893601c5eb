"""Who is registered, what is on file of them, and how they keep it true."""
