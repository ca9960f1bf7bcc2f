"""Numbers that people give for WhatsApp."""

from hueandcry.kit import phone
from hueandcry.kit.words import say


def by_whatsapp_refused(number: str, *, ring: bool) -> str:
    """Say why a number cannot be written to by WhatsApp; nothing when it can."""
    if ring:
        return say("Choose one: that we ring you, or that we write by WhatsApp.")
    if phone.kind(number) != phone.PhoneKind.MOBILE:
        return say("WhatsApp needs a mobile number: give that, or take the tick away, and we ring this one.")
    return ""
