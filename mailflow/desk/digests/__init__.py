"""What a department is told in the morning, and its decisions about held mail."""
