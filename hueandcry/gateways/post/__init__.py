"""Gateways for letters."""
