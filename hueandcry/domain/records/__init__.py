"""What was done, and how long we keep it."""
