"""Processes that work beside the API."""
