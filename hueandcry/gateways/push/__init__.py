"""Gateways for notifications."""
