"""What we are told."""
