"""Wire: operations and streams over WebSocket and server-sent events."""
