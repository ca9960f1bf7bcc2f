"""Us and our partners."""
