"""Octets to letters: the labels mail has, the charsets behind them, and a guess where none is true."""
