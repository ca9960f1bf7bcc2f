"""The kill switch, and what a person decides of what was perhaps sent. Pure."""

from hueandcry.domain.messaging.rules.life import MessagingError

# Typed before everything stops: nobody stops a force by a slip of the thumb.
HALT_WORD = "STOP"
LONGEST_REASON = 300


def check_halt(*, reason: str, typed: str) -> str:
    """Return the reason without needless spaces.

    Raises:
        MessagingError: the word was not typed, or there is no reason.
    """
    if typed.strip().upper() != HALT_WORD:
        raise MessagingError(f"Type {HALT_WORD} to confirm: then nothing at all goes out.")
    reason = " ".join(reason.split())
    if not reason:
        raise MessagingError("Say why, so that whoever comes next knows when it may go on.")
    if len(reason) > LONGEST_REASON:
        raise MessagingError(f"Shorten the reason to {LONGEST_REASON} characters: it has {len(reason)}.")
    return reason


def check_again(*, cancelled: bool, over: bool) -> None:
    """Refuse to send again what must not go any more.

    Raises:
        MessagingError: saying why.
    """
    if cancelled:
        raise MessagingError("It was taken back meanwhile, so it is not sent again. Leave it as it is.")
    if over:
        raise MessagingError("It is too late for it now, so it is not sent again. Leave it as it is.")
