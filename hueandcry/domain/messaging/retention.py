"""How long each table of messaging is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {
    "messaging_message": Lifetime(6 * 365, "queued_at", "broadcast text and counts (domain.md A8)"),
    "messaging_delivery": Lifetime(365, "message.queued_at", "no recipients after 12 months (A8)", "blanked"),
    "messaging_stretch": Lifetime(None, "", "which rows of the queue are walked when: gone when they are sent"),
    "messaging_change": Lifetime(4, "at", "whose word changed while a message was on its way"),
    "messaging_providerref": Lifetime(30, "delivery.accepted_at", "words of providers; no receipt comes later"),
    "messaging_receipt": Lifetime(30, "received_at", "raw words of providers"),
    "messaging_comeback": Lifetime(90, "at", "from where messages came back: the address is asked about and put right"),
    "messaging_conversation": Lifetime(2 * 365, "last_at", "contact that led to no crime or intelligence (A8)"),
    "messaging_inbound": Lifetime(2 * 365, "received_at", "contact that led to no crime or intelligence (A8)"),
    "messaging_provider": Lifetime(None, "", "one row a gateway, not about people"),
    "messaging_lag": Lifetime(180, "learned_at", "which way reaches whom; worked out anew each night, no contents"),
    "messaging_charge": Lifetime(6 * 365, "message.queued_at", "accounts; goes with its message"),
    "messaging_allowance": Lifetime(None, "", "settings, not about people"),
    "messaging_post": Lifetime(6 * 365, "queued_at", "what was said to everybody; not about people"),
    "messaging_halt": Lifetime(6 * 365, "at", "who stopped everything, and why"),
}
