"""Floor 2: what a helpdesk decides. Pure: `now` is an argument, decisions are values with reasons."""
