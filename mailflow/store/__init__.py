"""Floor 3: the database, the only state. Neither `edge` nor anything above is imported here."""
