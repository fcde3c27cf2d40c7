"""One suite for each port, passed by the fake and by the real adapter."""
