"""HTML to the plain mail its author would have written, and to HTML that may be shown."""
