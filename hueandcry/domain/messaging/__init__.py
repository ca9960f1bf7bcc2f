"""What passes between us: one life for every message."""
