"""Who must agree to an alert, as the force's own table; who is trained to go without a second officer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import ruling
from hueandcry.domain.alerts.queries import agreeing
from hueandcry.domain.alerts.rules import Reach, Urgency
from hueandcry.domain.alerts.rules.reach import LONGEST_HOLD_S, MOST_APPROVALS, TRIGGERS
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations import queries as officers
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import DeskRequest, needs

MOST_ROWS = 12
MOST_MEMBERS = 10_000_000
SMALL = {"class": "govuk-checkboxes--small"}
NARROW = {"class": "govuk-input--width-5", "inputmode": "numeric"}
FAST, EVERYBODY = "fast", "write"
SENDERS = [(EVERYBODY, "Everybody who writes alerts"), (FAST, "Officers trained for the fast lane")]
APPROVALS = [(str(number), str(number)) for number in range(MOST_APPROVALS + 1)]


class RowForm(forms.Form):
    """One row of the table of reach."""

    says_optional = False

    place = forms.IntegerField(label="Its place", min_value=1, max_value=99, widget=forms.NumberInput(attrs=NARROW))
    levels = forms.MultipleChoiceField(
        label="For", required=False, choices=Tier.choices, widget=forms.CheckboxSelectMultiple(attrs=SMALL)
    )
    urgencies = forms.MultipleChoiceField(
        label="How urgent", required=False, choices=Urgency.choices, widget=forms.CheckboxSelectMultiple(attrs=SMALL)
    )
    most = forms.IntegerField(
        label="Members at most",
        required=False,
        min_value=1,
        max_value=MOST_MEMBERS,
        help_text="Empty: any number.",
        widget=forms.NumberInput(attrs=NARROW),
    )
    sender = forms.ChoiceField(label="Sent by", choices=SENDERS)
    approvals = forms.ChoiceField(label="Other officers who agree", choices=APPROVALS)
    typed_above = forms.IntegerField(
        label="The number is typed above",
        required=False,
        min_value=0,
        max_value=MOST_MEMBERS,
        help_text="Empty: never.",
        widget=forms.NumberInput(attrs=NARROW),
    )
    hold_s = forms.IntegerField(
        label="Seconds before anything leaves",
        min_value=0,
        max_value=LONGEST_HOLD_S,
        help_text="So long one press takes it back unread.",
        widget=forms.NumberInput(attrs=NARROW),
    )
    drop = forms.BooleanField(label="Take this row out", required=False)

    def row(self) -> Reach:
        """Return the row as it was filled in."""
        given = self.cleaned_data
        is_fast = given["sender"] == FAST
        return Reach(
            levels=frozenset(Tier(level) for level in given["levels"]),
            urgencies=frozenset(Urgency(urgency) for urgency in given["urgencies"]),
            most=given["most"],
            holder=Permission.ALERT_FAST if is_fast else Permission.ALERT_WRITE,
            approvals=int(given["approvals"]),
            is_trained=is_fast,
            typed_above=given["typed_above"],
            hold_s=given["hold_s"],
        )


class TrainedForm(forms.Form):
    """Until when an officer is trained for the fast lane."""

    until = forms.DateField(
        label="Trained until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give the day like 2027-11-22."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_RULES)
def rules(request: DeskRequest) -> HttpResponse:
    """Show and change who must agree to an alert."""
    forms_shown = _bound(request) if request.method == "POST" else _kept()
    refusal = ""
    if request.method == "POST" and "add" in request.POST:
        forms_shown.append(_new_row(len(forms_shown)))
    elif request.method == "POST" and all([form.is_valid() for form in forms_shown]):  # noqa: C419 - each says its own
        wanted = sorted(forms_shown, key=lambda form: int(form.cleaned_data["place"]))
        rows = [form.row() for form in wanted if not form.cleaned_data["drop"]]
        try:
            ruling.set_rows(officer=request.user, rows=rows, seen=request.POST.get("seen", ""))
        except actions.AlertError as refused:
            refusal = str(refused)
        else:
            messages.success(request, "Kept. It decides from now on.")
            return redirect("desk:alerts:rules")
    today = clock.today()
    context: dict[str, Any] = {
        "rows": [_shown(row) for row in agreeing.rows()],
        "forms": forms_shown,
        "is_changing": request.method == "POST",
        "refusal": refusal,
        "has_errors": bool(refusal) or any(form.is_bound and form.errors for form in forms_shown),
        "seen": request.POST.get("seen", "") or agreeing.mark(),
        "is_own": agreeing.is_own(),
        "may_add": len(forms_shown) < MOST_ROWS,
        "triggers": TRIGGERS,
        "trained": [
            (
                one,
                one.is_fast_trained(on=today),
                TrainedForm(prefix=one.ref, initial={"until": one.fast_trained_until}),
                one.pk == request.user.pk,
            )
            for one in officers.fast_lane(officer=request.user)
        ],
    }
    return render(request, "desk/alerts/rules.html", context)


@require_POST
@needs(Permission.ALERT_RULES)
def use_shipped(request: DeskRequest) -> HttpResponse:
    """Put the shipped table of who must agree back."""
    try:
        ruling.use_shipped(officer=request.user)
    except actions.AlertError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The shipped table decides again.")
    return redirect("desk:alerts:rules")


@require_POST
@needs(Permission.ALERT_RULES)
def train(request: DeskRequest, ref: str) -> HttpResponse:
    """Write down until when an officer is trained for the fast lane; empty ends it."""
    if ref not in {one.ref for one in officers.fast_lane(officer=request.user)}:
        raise NotHereError(f"officer:{ref}")
    form = TrainedForm(request.POST, prefix=ref)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["until"]))
    else:
        try:
            organisations.train_for_fast_lane(
                officer_ref=ref, until=form.cleaned_data["until"], actor=request.user.as_actor()
            )
        except organisations.OrganisationError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "Written down.")
    return redirect("desk:alerts:rules")


def _shown(row: Reach) -> dict[str, str]:
    """Return one row as people read it."""
    levels = [tier.label for tier in Tier if tier in row.levels]
    urgencies = [urgency.label for urgency in Urgency if urgency in row.urgencies]
    return {
        "levels": "Everybody" if len(levels) == len(Tier) else ", ".join(levels),
        "urgencies": "Any" if len(urgencies) == len(Urgency) else ", ".join(urgencies),
        "most": "any number" if row.most is None else f"up to {row.most:,}",
        "sender": dict(SENDERS)[FAST if row.is_trained else EVERYBODY],
        "approvals": labels.plural(row.approvals, "other officer") if row.approvals else "nobody else",
        "typed": "never" if row.typed_above is None else f"{row.typed_above:,}",
        "leaves": f"after {labels.plural(row.hold_s, 'second')}" if row.hold_s else "at once",
    }


def _kept() -> list[RowForm]:
    return [RowForm(prefix=f"row{number}", initial=_initial(number, row)) for number, row in enumerate(agreeing.rows())]


def _initial(number: int, row: Reach) -> dict[str, Any]:
    return {
        "place": number + 1,
        "levels": [tier.value for tier in Tier if tier in row.levels],
        "urgencies": [urgency.value for urgency in Urgency if urgency in row.urgencies],
        "most": row.most,
        "sender": FAST if row.is_trained else EVERYBODY,
        "approvals": str(row.approvals),
        "typed_above": row.typed_above,
        "hold_s": row.hold_s,
    }


def _bound(request: DeskRequest) -> list[RowForm]:
    return [
        RowForm(request.POST, prefix=f"row{number}")
        for number in range(MOST_ROWS)
        if f"row{number}-place" in request.POST
    ]


def _new_row(number: int) -> RowForm:
    initial = {"place": number + 1, "sender": EVERYBODY, "approvals": "1", "typed_above": 5000, "hold_s": 0}
    return RowForm(prefix=f"row{number}", initial=initial)
