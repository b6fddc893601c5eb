"""Floor 3: SMTP, LMTP, IMAP, the smarthost and the parsing child. Knows no database: what to keep is handed up."""
