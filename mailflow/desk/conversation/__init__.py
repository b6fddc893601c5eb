"""What a customer's mail does to a ticket: it opens one, or goes on with one, and who takes part."""
