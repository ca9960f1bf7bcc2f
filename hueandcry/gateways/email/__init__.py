"""Gateways for email."""
