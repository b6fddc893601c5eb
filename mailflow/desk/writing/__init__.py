"""Mail of ours: whether there is one, to whom, and in which words."""
