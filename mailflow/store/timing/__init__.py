"""What is due, as rows."""
