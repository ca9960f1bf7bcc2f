"""Who: people, how to reach them, what they agreed to."""
