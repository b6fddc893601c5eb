"""Somebody cannot reach an account (R0.5–R0.7): its contacts are asked to answer, and who looks for it is told.

`reaching` is the case as it stands; `seeking` is how a request begins one, `courses` what happens next by itself,
`letters` what is written to both sides, `heard` what an answer of the account does, `tasks` what agents have done.
"""
