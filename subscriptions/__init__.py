"""Relay, bridge, broadcast log, hub and wire: how a commit becomes a frame on a screen."""
