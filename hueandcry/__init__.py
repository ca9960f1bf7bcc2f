"""Hue and Cry: the two-way line between a police force and its communities."""
