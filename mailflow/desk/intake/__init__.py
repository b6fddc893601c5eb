"""What a request of some kind needs, and what its customer has given of it (R1.1–R1.3, R4.2).

`config.request` is the shape of filters/types/*.toml. `catalogue` has all kinds and recognises them; `labelled` finds
lines such as `Label: value` in what people write, `value` says what the words mean, `reading` puts both together for
one message, `dossier` is what has been given so far and what is missing, `form` is how we ask for it.
"""
