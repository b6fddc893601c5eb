"""What is kept no longer, because it is old or somebody asks for it."""
