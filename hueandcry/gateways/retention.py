"""How long the sandbox's table is kept."""

SANDBOX_DAYS = 30
