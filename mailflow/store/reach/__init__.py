"""Who cannot be reached, as rows."""
