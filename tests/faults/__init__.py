"""Servers killed and processes stopped at the worst moment."""
