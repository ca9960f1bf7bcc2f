"""Questions about kept audiences: which there are, what each asks. How many it means is asked anew each time."""

from dataclasses import replace

from django.db.models import QuerySet

from hueandcry.domain.members.models import SavedAudience
from hueandcry.domain.members.queries.audience import describe
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, question_from_json
from hueandcry.domain.members.rules.audiences import SavedLine
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError

__all__ = ["choices", "get_saved", "line_of", "question_of", "saved"]


def get_saved(*, officer: Officer, ref: str) -> SavedAudience:
    """Return one kept audience of the officer's own organisation, also one that was ended.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    try:
        return _seen_by(officer).select_related("officer").get(ref=ref)
    except SavedAudience.DoesNotExist:
        raise NotHereError(f"audience:{ref}") from None


def saved(*, officer: Officer) -> QuerySet[SavedAudience]:
    """Return the kept audiences of the officer's organisation that were not ended, by name, each with its maker."""
    return _seen_by(officer).filter(ended_at=None).select_related("officer").order_by("name")


def line_of(*, kept: SavedAudience) -> SavedLine:
    """Return one kept audience as a list shows it."""
    try:
        words = describe(question=question_of(kept=kept))
    except AudienceError as refusal:
        words = str(refusal)
    return SavedLine(kept.ref, kept.name, words, kept.officer.get_full_name(), kept.made_at, kept.changed_at)


def choices(*, officer: Officer) -> list[tuple[str, str]]:
    """Return reference and name of each, to choose from."""
    return [(str(ref), str(name)) for ref, name in saved(officer=officer).values_list("ref", "name")]


def question_of(*, kept: SavedAudience) -> AudienceQuestion:
    """Return what a kept audience asks, always of its own organisation's members.

    Raises:
        AudienceError: it cannot be read any more.
    """
    return replace(question_from_json(kept.question), organisation_id=kept.organisation_id)


def _seen_by(officer: Officer) -> QuerySet[SavedAudience]:
    if not officer.may(Permission.ALERT_WRITE):
        return SavedAudience.objects.none()
    return SavedAudience.objects.filter(organisation=officer.organisation_id)
