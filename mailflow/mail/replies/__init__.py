"""The new words of a reply, apart from what it quotes."""
