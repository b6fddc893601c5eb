"""What admins write in filters/*.toml, as values: facts, comparators, conditions, effects, rules (R2.3, R3.1, R4.5).

In Sieve's words (RFC 5228). `rulefile` reads the text of a file, `rulebook` judges a message by all rules in order.
"""
