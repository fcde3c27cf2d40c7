"""The whole write model, driven at random and held to books that know nothing of it."""
