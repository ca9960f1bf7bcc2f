"""The audit trail on the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records import queries
from hueandcry.domain.records.rules import Line
from hueandcry.web.parts.doors import DeskRequest, needs

PAGE = 50
# Those who act and are no officers.
UNNAMED = {"system": "The program", "member": "A member", "page": "A member", "phone": "A member"}


class FilterForm(forms.Form):
    """Narrow the trail by who, what or which event."""

    says_optional = False

    actor = forms.CharField(label="Who", required=False, max_length=80, help_text="Like officer:K7M2PQ")
    subject = forms.CharField(label="What", required=False, max_length=80, help_text="Like alert:K7M2PQ")
    event = forms.CharField(label="Event", required=False, max_length=60, help_text="Like alert.released")
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


def _plain(value: object) -> str:
    """Say a fact as people do; nothing of an empty one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Told:
    """One line of the trail with the name of who did it."""

    line: Line
    who: str

    @property
    def what(self) -> str:
        """Say the event in words: alert.sent_back is Alert sent back."""
        return self.line.event.replace(".", " ").replace("_", " ").capitalize()

    @property
    def facts(self) -> str:
        """Say the facts in a row."""
        said = ((name.replace("_", " "), _plain(value)) for name, value in self.line.facts.items())
        return "; ".join(f"{name}: {value}" for name, value in said if value)


def told(lines: Sequence[Line]) -> list[Told]:
    """Put names to the references of officers, in one question."""
    names = organisations.names(actors=[line.actor for line in lines])
    return [
        Told(line, names.get(line.actor) or UNNAMED.get(line.actor.partition(":")[0], line.actor)) for line in lines
    ]


@require_safe
@needs(Permission.RECORD_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List what was done and looked at, newest first."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    lines = list(
        queries.latest(
            actor=wanted.get("actor", "").strip(),
            subject=wanted.get("subject", "").strip(),
            event=wanted.get("event", "").strip(),
            before=wanted.get("before") or 0,
            most=PAGE + 1,
        )
    )
    older = lines[PAGE - 1].id if len(lines) > PAGE else None
    return render(request, "desk/records/list.html", {"form": form, "records": told(lines[:PAGE]), "older": older})
