"""What clients rely on: the SDL, roles, event schemas."""
