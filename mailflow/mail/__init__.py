"""Floor 1: what RFCs say of a message. Pure: octets and values in, values out; no I/O, no clock."""
