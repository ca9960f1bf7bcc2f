"""The only rooms with a telephone."""
