"""The rules of inventory, pure: no I/O, no clock, no randomness of its own."""
