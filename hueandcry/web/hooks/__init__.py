"""Doors for what providers tell us: receipts, messages that came in, keys pressed in a call. No person comes here."""
