"""Makers of believable things."""
