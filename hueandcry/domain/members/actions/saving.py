"""Keeping an audience under a name, so that it can be asked anew."""

from dataclasses import replace

from django.db import IntegrityError, transaction

from hueandcry.domain.members.models import SavedAudience
from hueandcry.domain.members.queries.audience import ground_of
from hueandcry.domain.members.queries.saved import get_saved
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, check_question, question_to_json
from hueandcry.domain.members.rules.audiences import check_saved_name
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

__all__ = ["AudienceError", "end_audience", "rename_audience", "save_audience"]

_TAKEN = "There is an audience called “{}” already: choose another name, or end that one first."


@transaction.atomic
def save_audience(*, officer: Officer, name: str, question: AudienceQuestion) -> SavedAudience:
    """Keep a question under a name, for the officer's own organisation. Logged as `audience.saved`.

    Who was told already is never kept. The same question under the same name is kept once.

    Raises:
        AudienceError: the name is taken or missing, or the question means nobody in particular.
    """
    _check_may(officer)
    name = check_saved_name(name)
    asked = replace(question, organisation_id=officer.organisation_id, without=())
    check_question(asked)
    ground_of(question=asked)
    kept, now = question_to_json(asked), clock.now()
    same = SavedAudience.objects.filter(organisation=officer.organisation_id, name=name, ended_at=None).first()
    if same is not None and same.question == kept:
        return same
    try:
        with transaction.atomic():
            made = SavedAudience.objects.create(
                organisation=officer.organisation,
                name=name,
                question=kept,
                officer=officer,
                made_at=now,
                changed_at=now,
            )
    except IntegrityError as fault:
        raise AudienceError(_TAKEN.format(name)) from fault
    log("audience.saved", subject=f"audience:{made.ref}", actor=officer.as_actor())
    return made


@transaction.atomic
def rename_audience(*, officer: Officer, ref: str, name: str) -> SavedAudience:
    """Give a kept audience another name. Logged as `audience.renamed`.

    Raises:
        AudienceError: the name is taken or missing.
        NotHereError: there is none for this officer, or it was ended.
    """
    name = check_saved_name(name)
    kept = _locked(officer, ref)
    if kept.name == name:
        return kept
    kept.name, kept.changed_at = name, clock.now()
    try:
        with transaction.atomic():
            kept.save(update_fields=["name", "changed_at"])
    except IntegrityError as fault:
        raise AudienceError(_TAKEN.format(name)) from fault
    log("audience.renamed", subject=f"audience:{kept.ref}", actor=officer.as_actor())
    return kept


@transaction.atomic
def end_audience(*, officer: Officer, ref: str) -> None:
    """End a kept audience: nobody can choose it any more; alerts that used it keep theirs. Logged as `audience.ended`.

    Raises:
        NotHereError: there is none for this officer, or it was ended.
    """
    kept = _locked(officer, ref)
    kept.ended_at = clock.now()
    kept.save(update_fields=["ended_at"])
    log("audience.ended", subject=f"audience:{kept.ref}", actor=officer.as_actor())


def _locked(officer: Officer, ref: str) -> SavedAudience:
    _check_may(officer)
    found = get_saved(officer=officer, ref=ref)
    locked = SavedAudience.objects.select_for_update(no_key=True).get(pk=found.pk)
    if locked.ended_at is not None:
        raise NotHereError(f"audience:{ref}")
    return locked


def _check_may(officer: Officer) -> None:
    if not officer.may(Permission.ALERT_WRITE):
        raise AudienceError(f"Ask a colleague who may do this: {Permission.ALERT_WRITE.label.lower()}.")
