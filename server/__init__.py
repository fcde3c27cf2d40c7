"""Composition root: settings, processes, the ASGI application and the command line."""
