"""How sending goes: providers, what waits, what a person decides, what it costs, and the switch that stops it all."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.messaging.actions import allowing, halting
from hueandcry.domain.messaging.queries import costs, providers
from hueandcry.domain.messaging.queries.hearing import forgeries, strays
from hueandcry.domain.messaging.rules import MessagingError
from hueandcry.domain.messaging.rules.halting import HALT_WORD, LONGEST_REASON
from hueandcry.domain.organisations.queries import names
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit import clock
from hueandcry.web.parts.doors import DeskRequest, needs

MONTHS_BACK = 12


class HaltForm(forms.Form):
    """Why everything is stopped, and the word that nobody types by mistake."""

    reason = forms.CharField(
        label="Why?",
        max_length=LONGEST_REASON,
        help_text="Whoever comes next reads it: what is wrong, and what must happen before it goes on.",
        error_messages={"required": "Say why, so that whoever comes next knows when it may go on."},
    )
    typed = forms.CharField(
        label=f"Type {HALT_WORD} to confirm",
        max_length=10,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Write the word: then nothing at all goes out."},
    )


class AllowanceForm(forms.Form):
    """Who may spend how much in a month."""

    whose = forms.ChoiceField(label="For whom")
    pounds = forms.CharField(
        label="Pounds in a month",
        required=False,
        max_length=20,
        help_text="For example 500. Leave it empty for no limit. Urgent alerts go whatever is left.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-5", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["whose"].choices = choices  # type: ignore[attr-defined]


@require_safe
@needs(Permission.SENDING_READ)
def page(request: DeskRequest) -> HttpResponse:
    """Show how providers do, what waits and until when, what a person decides, and what this month costs."""
    return _page(request)


@require_safe
@needs(Permission.SENDING_READ)
def live(request: DeskRequest) -> HttpResponse:
    """Give what changes by the second: providers and what waits."""
    if not request.htmx:
        return redirect("desk:sending:page")  # a part of that page, opened by itself
    return render(request, "desk/sending/_live.html", _live(request))


@require_POST
@needs(Permission.SENDING_HALT)
def halt(request: DeskRequest) -> HttpResponse:
    """Stop everything that goes out."""
    form = HaltForm(request.POST, prefix="halt")
    if form.is_valid() and _did(
        request,
        form,
        lambda: halting.halt(
            officer=request.user, reason=form.cleaned_data["reason"], typed=form.cleaned_data["typed"]
        ),
        "Everything is stopped. What is queued stays queued.",
    ):
        return redirect("desk:sending:page")
    return _page(request, halt_form=form)


@require_POST
@needs(Permission.SENDING_HALT)
def lift(request: DeskRequest) -> HttpResponse:
    """Let everything go on."""
    _did(request, None, lambda: halting.lift(officer=request.user), "Sending goes on.")
    return redirect("desk:sending:page")


@require_POST
@needs(Permission.SENDING_DECIDE)
def decide(request: DeskRequest, ref: str, channel: str) -> HttpResponse:
    """Send again, or leave, what was perhaps sent of one message by one channel."""
    again = request.POST.get("again") == "yes"
    try:
        many = halting.decide(message_ref=ref, channel=channel, again=again, officer=request.user)
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    else:
        if many:
            messages.success(request, "They are sent again." if again else "They are left as they are: perhaps sent.")
        else:
            # The page was open while somebody else pressed, or the provider's word came after all.
            messages.info(request, "That was decided already, or the provider's word came: nothing is done now.")
    return redirect("desk:sending:page")


@require_POST
@needs(Permission.SENDING_FUND)
def allow(request: DeskRequest) -> HttpResponse:
    """Set what an organisation or a team may spend in a month."""
    form = AllowanceForm(request.POST, prefix="allow", choices=costs.purse_holders(officer=request.user))
    if form.is_valid() and _did(
        request,
        form,
        lambda: allowing.allow(
            officer=request.user, whose=form.cleaned_data["whose"], pounds=form.cleaned_data["pounds"]
        ),
        "Kept." if form.cleaned_data["pounds"].strip() else "Kept: there is no limit.",
    ):
        return redirect("desk:sending:page")
    return _page(request, allowance_form=form)


def _did(request: DeskRequest, form: forms.Form | None, act: Callable[[], object], done: str) -> bool:
    """Do one thing, and say that it is done or, in the form or above the page, why not."""
    try:
        act()
    except MessagingError as refusal:
        if form is None:
            messages.error(request, str(refusal))
        else:
            form.add_error(None, str(refusal))
        return False
    messages.success(request, done)
    return True


def _page(
    request: DeskRequest, *, halt_form: HaltForm | None = None, allowance_form: AllowanceForm | None = None
) -> HttpResponse:
    may = request.user.may
    month = _month(request.GET.get("month", ""))
    lines = costs.costs(officer=request.user, month=month)
    funds = may(Permission.SENDING_FUND)
    context = {
        **_live(request),
        "undecided": providers.undecided() if _is_force(request) else [],
        "may_decide": may(Permission.SENDING_DECIDE),
        "costs": lines,
        "month": month,
        "months": _months(),
        "this_month": (month.year, month.month) == (clock.today().year, clock.today().month),
        "form": next((form for form in (halt_form, allowance_form) if form is not None), None),
        "allowance_form": (
            allowance_form or AllowanceForm(prefix="allow", choices=costs.purse_holders(officer=request.user))
        )
        if funds
        else None,
        "halt_form": (halt_form or HaltForm(prefix="halt"))
        if may(Permission.SENDING_HALT) and _is_force(request)
        else None,
    }
    return render(request, "desk/sending/page.html", context)


def _live(request: DeskRequest) -> dict[str, Any]:
    lines = providers.providers()
    halt = providers.halt_standing()
    gateways = {line.name for line in lines}
    return {
        "providers": lines,
        "forgeries": forgeries(gateways=gateways),
        "strays": strays(gateways=gateways),
        "waiting": providers.waiting(lines=lines) if _is_force(request) else [],
        "shows_waiting": _is_force(request),
        "stands": halt,
        "stopped_by": names(actors=[halt.by]).get(halt.by, "") if halt else "",
        "now": clock.now(),
    }


def _is_force(request: DeskRequest) -> bool:
    """Say whether somebody is of the force: what waits and what stands still is the force's, not a partner's."""
    return request.user.organisation.kind == OrganisationKind.FORCE


def _month(asked: str) -> dt.date:
    """Return the first day of a month as `2026-11`; of this one, for what is none that the list has."""
    months = _months()
    return next((month for month in months if f"{month:%Y-%m}" == asked), months[0])


def _months() -> list[dt.date]:
    first = clock.today().replace(day=1)
    found = [first]
    for _ in range(MONTHS_BACK):
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return found
