"""The officer's phone: doorstep and show sign-up, with or without signal."""
