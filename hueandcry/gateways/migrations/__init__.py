"""Migrations of the sandbox's own store."""
