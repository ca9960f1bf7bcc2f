"""How long gateways' tables are kept: the same words as a room's, without knowing the rooms."""

LIFETIMES = {
    "gateways_arrival": (30, "at", "told within seconds; part of a text may wait for the rest", "erased"),
    "gateways_sentpart": (30, "at", "until the receipts of all parts are in", "erased"),
    "gateways_sandboxmessage": (30, "at", "made-up phones of a demonstration", "erased"),
}
