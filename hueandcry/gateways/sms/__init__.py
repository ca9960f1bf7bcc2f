"""Gateways for sms."""
