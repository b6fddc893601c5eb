"""Who wrote it, and how far that can be believed: evidence, its alignment, the verdict."""
