"""How long the sandbox's table is kept: the same words as a room's, without knowing the rooms."""

LIFETIMES = {
    "gateways_sandboxmessage": (30, "at", "made-up phones of a demonstration", "erased"),
}
