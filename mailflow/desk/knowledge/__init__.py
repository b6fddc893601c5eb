"""What is often asked, with the answer: articles, templates/<language>/articles/NAME.md, and which of them a new mail
asks for (R2.7)."""
