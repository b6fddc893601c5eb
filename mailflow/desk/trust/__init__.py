"""What must be proved of who wrote, and how much that lets them do."""
