"""Checks of members on the desk: what stands, whose tier ends soon, and how far somebody is checked."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions import vetting as checks
from hueandcry.domain.members.queries import vetting
from hueandcry.domain.members.rules import CheckKind, Tier
from hueandcry.domain.members.rules.vetting import HOLDS_DAYS, NEEDS
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs

_DAY = {"type": "date", "class": "govuk-input--width-10"}
_WRONG = {"invalid": "Give the day like 2026-11-22.", "required": "Give the day on which it was done."}


class CheckForm(forms.Form):
    """One check: what, when, until when."""

    kind = forms.ChoiceField(label="What was done", choices=CheckKind.choices, widget=forms.RadioSelect)
    done_on = forms.DateField(
        label="On which day", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), error_messages=_WRONG
    )
    ends_on = forms.DateField(
        label="Holds until",
        required=False,
        help_text=", ".join(f"{kind.label.lower()} {days // 365} years" for kind, days in HOLDS_DAYS.items())
        + " when left empty.",
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        error_messages=_WRONG,
    )


class TierForm(forms.Form):
    """How far a member is checked."""

    tier = forms.ChoiceField(
        label="They hear what is meant for",
        choices=[(tier.value, tier.label) for tier in (Tier.MEMBER, *NEEDS)],
        widget=forms.RadioSelect,
    )


@require_safe
@needs(Permission.MEMBER_VET)
def listing(request: DeskRequest) -> HttpResponse:
    """List who hears more than an ordinary member, first whose checks end first."""
    show = request.GET.get("show", "soon")
    rows = vetting.tiers(officer=request.user, soon=show == "soon", unchecked=show == "unchecked")
    return render(request, "desk/members/vetting.html", {"page": pager.page(request, rows, size=50), "show": show})


@require_safe
@needs(Permission.MEMBER_VET)
def one(request: DeskRequest, ref: str) -> HttpResponse:
    """Show how far one member was checked."""
    return _shown(request, ref)


@require_POST
@needs(Permission.MEMBER_VET)
def check(request: DeskRequest, ref: str) -> HttpResponse:
    """Write down a check of one member."""
    member = queries.get_member(officer=request.user, ref=ref)
    form = CheckForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            checks.write_check(
                member_id=member.pk,
                kind=CheckKind(given["kind"]),
                done_on=given["done_on"],
                ends_on=given["ends_on"],
                actor=request.user.as_actor(),
            )
        except checks.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Written down.")
            return redirect("desk:members:checks", ref=ref)
    return _shown(request, ref, form=form)


@require_POST
@needs(Permission.MEMBER_VET)
def tier(request: DeskRequest, ref: str) -> HttpResponse:
    """Say how far one member is checked."""
    member = queries.get_member(officer=request.user, ref=ref)
    form = TierForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the three.")
        return redirect("desk:members:checks", ref=ref)
    try:
        actions.set_tier(member_id=member.pk, tier=Tier(form.cleaned_data["tier"]), actor=request.user.as_actor())
        messages.success(request, "Set.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:members:checks", ref=ref)


def _shown(request: DeskRequest, ref: str, *, form: CheckForm | None = None) -> HttpResponse:
    member = queries.get_member(officer=request.user, ref=ref)
    today = clock.today()
    found = vetting.checks_of(member_id=member.pk)
    context: dict[str, Any] = {
        "member": member,
        "checks": [(line, line.stands(today)) for line in found],
        "ended": member.tier_until is not None and member.tier_until < today,
        "above": Tier(member.tier) in NEEDS,
        "form": form or CheckForm(),
        "tier_form": TierForm(initial={"tier": member.tier}),
    }
    return render(request, "desk/members/checks.html", context)
