"""A thousand screens at once, in this process, each with a memory of all that it was told."""
