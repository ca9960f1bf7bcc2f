"""What the service knows and decides: one folder a room."""
