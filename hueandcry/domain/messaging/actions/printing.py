"""Printing letters and carrying them: who printed, who took them away, and when."""

from collections.abc import Collection

from django.db import transaction

from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.queries import printing
from hueandcry.domain.messaging.queries.providers import halt_standing
from hueandcry.domain.messaging.rules import DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.by_hand import PRINTED
from hueandcry.domain.messaging.rules.printing import MOST_LETTERS, Batch, batches, chosen
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

CHOOSE = "Tick whose letters: all of them, or one parish, watch scheme or street and more."
NOTHING_TO_PRINT = "No letter waits there. Whoever pauses, left or wants no post gets none: choose another place."
NOTHING_TO_CARRY = (
    "Nothing that was printed there waits. If the alert is over or corrected, put those sheets into confidential waste "
    "and print anew."
)


@transaction.atomic
def print_letters(*, about: str, where: Collection[str], actor: str) -> list[Batch]:
    """Return the letters of these places, a batch for each, and write down who printed them and when.

    Each batch is in the order of its walk, and each letter in one of them. They wait until somebody says that they were
    taken away, and may be printed again until then: a printer may jam.
    Whoever wants none any more gets none, and that is written down too. Logged as `message.letters_printed`.

    Raises:
        MessagingError: nothing was chosen, none waits there, they are too many for one file, or it is paused or
            everything is stopped.
    """
    _check_chosen(where)
    for message in _locked(about):
        if message.paused_at is not None:
            raise MessagingError("It is paused: let it go on first, then print.")
        ended = printing.unwilling(message=message)
        Delivery.objects.filter(pk__in=ended, state=DeliveryState.TO_PRINT).update(
            state=DeliveryState.STOPPED, ended_at=clock.now()
        )
    if halt_standing() is not None:
        raise MessagingError("Everything is stopped at the moment: print when sending goes on.")
    made = batches(printing.letters(about=about), where)
    found = [letter for batch in made for letter in batch.letters]
    if not found:
        raise MessagingError(NOTHING_TO_PRINT)
    if len(found) > MOST_LETTERS:
        raise MessagingError(
            f"These are {len(found):,} letters: choose fewer parishes or streets, {MOST_LETTERS:,} at most."
        )
    Delivery.objects.filter(pk__in=[letter.delivery_id for letter in found]).update(
        detail=f"{printing.PRINTED_FIRST}, by {actor}"[:200], next_at=clock.now()
    )
    log("message.letters_printed", subject=about, actor=actor, letters=len(found))
    return made


@transaction.atomic
def hand_over_letters(*, about: str, where: Collection[str], actor: str) -> int:
    """Write down that the printed letters of these places were taken away to be carried; return how many.

    From then on they count as handed over, and what follows the alert follows them. Logged as
    `message.letters_handed_over`.

    Raises:
        MessagingError: nothing was chosen, or nothing that was printed waits there.
    """
    _check_chosen(where)
    _locked(about)
    found = [letter for letter in chosen(printing.letters(about=about), where) if letter.printed]
    now = clock.now()
    many = Delivery.objects.filter(
        pk__in=[letter.delivery_id for letter in found], state=DeliveryState.TO_PRINT
    ).update(
        state=DeliveryState.ACCEPTED,
        gateway=PRINTED,
        detail=f"Taken away to be carried, by {actor}"[:200],
        accepted_at=now,
        next_at=now,
    )
    if not many:
        raise MessagingError(NOTHING_TO_CARRY)
    log("message.letters_handed_over", subject=about, actor=actor, letters=many)
    return many


def _check_chosen(where: Collection[str]) -> None:
    if not where:
        raise MessagingError(CHOOSE)


def _locked(about: str) -> list[Message]:
    """Return the messages that letters may be carried of, locked: nothing is called off while they are looked at."""
    ids = [message.pk for message in printing.messages_with_letters(about=about)]
    return list(Message.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("id"))
