"""Doggerland: the made-up force of the demonstration, drawn by seeded code."""
