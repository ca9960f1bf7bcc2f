"""Gateways for posts that everybody may read."""
