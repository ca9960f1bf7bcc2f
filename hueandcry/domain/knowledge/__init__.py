"""What we say: the topics that interests, alerts and reports share."""
