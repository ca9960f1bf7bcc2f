"""Gateways for voice."""
