"""The lists of filters/: what is listed, and who is turned away for it."""
