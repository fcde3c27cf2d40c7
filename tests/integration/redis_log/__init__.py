"""The broadcast log on a Redis and a network that fail."""
