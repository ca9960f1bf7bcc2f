"""Faults: real processes that are killed, on a database server of their own."""
