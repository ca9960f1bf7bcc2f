"""Wiring: settings, addresses, which event wakes which job."""
