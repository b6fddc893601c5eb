"""The structure of a message (RFC 5322, RFC 2045-2049): header, parts, names, and the words a person would read."""
