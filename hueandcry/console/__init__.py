"""The hueandcry command."""
