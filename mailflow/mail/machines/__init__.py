"""Who or what wrote it, as far as answering is concerned (RFC 3834)."""
