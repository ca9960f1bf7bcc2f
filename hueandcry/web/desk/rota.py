"""The rota: who reads answers when, and who stands in for them."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.rules import Hours, Permission, Shift, gaps
from hueandcry.kit import clock
from hueandcry.web.parts.doors import DeskRequest, needs

DAYS = tuple((str(number), name) for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), 1))
A_WEEK = dt.timedelta(days=7)
FURTHEST_WEEKS = 60
_DAY = {"type": "date", "class": "govuk-input--width-10"}
_TIME = {"type": "time", "class": "govuk-input--width-10"}
_WRONG_DAY = {"invalid": "Give the day like 2026-11-22.", "required": "Give the day."}
_WRONG_TIME = {"invalid": "Give the time like 22:00.", "required": "Give the time."}


class DutyForm(forms.Form):
    """One duty: who, when, who stands in."""

    officer = forms.ChoiceField(label="Who reads the answers?", error_messages={"required": "Choose an officer."})
    stand_in = forms.ChoiceField(
        label="Who stands in?", required=False, help_text="When they left, and before anybody else is asked."
    )
    team = forms.ChoiceField(label="Team", required=False)
    begins_on = forms.DateField(
        label="On which day, or from which day on",
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        error_messages=_WRONG_DAY,
    )
    weekdays = forms.MultipleChoiceField(
        label="Every week on",
        required=False,
        choices=DAYS,
        help_text="None ticked: that one day only.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    from_time = forms.TimeField(
        label="From", widget=forms.TimeInput(attrs=_TIME, format="%H:%M"), error_messages=_WRONG_TIME
    )
    until_time = forms.TimeField(
        label="Until",
        help_text="Not later than the beginning: until that time the day after.",
        widget=forms.TimeInput(attrs=_TIME, format="%H:%M"),
        error_messages=_WRONG_TIME,
    )
    last_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Of a weekly duty; empty: it goes on.",
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        error_messages=_WRONG_DAY,
    )

    def __init__(self, *args: Any, organisation_id: int, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        people = [(one.ref, one.get_full_name()) for one in queries.readers(organisation_id=organisation_id)]
        teams = [(team.ref, team.name) for team in queries.teams(organisation_id=organisation_id)]
        self.fields["officer"].choices = [("", "Choose an officer"), *people]  # type: ignore[attr-defined]
        self.fields["stand_in"].choices = [("", "Nobody"), *people]  # type: ignore[attr-defined]
        if teams:
            self.fields["team"].choices = [("", "None"), *teams]  # type: ignore[attr-defined]
        else:
            del self.fields["team"]

    def hours(self) -> Hours:
        """Return when it falls."""
        given = self.cleaned_data
        last = given["last_on"]
        return Hours(
            begins_on=given["begins_on"],
            from_minute=given["from_time"].hour * 60 + given["from_time"].minute,
            until_minute=given["until_time"].hour * 60 + given["until_time"].minute,
            weekdays=frozenset(int(day) for day in given["weekdays"]),
            until_on=last + dt.timedelta(days=1) if last else None,
        )


@require_safe
@needs(Permission.REPORT_READ)
def week(request: DeskRequest) -> HttpResponse:
    """Show who reads answers in seven days, today's first, and when nobody does."""
    return _shown(request)


@require_POST
@needs(Permission.ROTA_WRITE)
def add(request: DeskRequest) -> HttpResponse:
    """Put somebody on the rota."""
    form = DutyForm(request.POST, organisation_id=request.user.organisation_id)
    if not form.is_valid():
        return _shown(request, form)
    given = form.cleaned_data
    try:
        actions.put_on_rota(
            organisation=request.user.organisation,
            officer_ref=given["officer"],
            stand_in_ref=given["stand_in"],
            team_ref=given.get("team", ""),
            hours=form.hours(),
            actor=request.user.as_actor(),
        )
    except actions.OrganisationError as refused:
        form.add_error(None, str(refused))
        return _shown(request, form)
    messages.success(request, "It is on the rota.")
    return redirect(f"{reverse('desk:rota:week')}?week={given['begins_on']:%Y-%m-%d}")


@require_POST
@needs(Permission.ROTA_WRITE)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """Take a duty off the rota from a day on: this day of the week shown, but never of what has begun."""
    on = _day(request.POST.get("on", "")) or clock.today()
    actions.end_duty(
        duty_ref=ref,
        organisation=request.user.organisation,
        on=max(on, clock.today()),
        actor=request.user.as_actor(),
    )
    messages.success(request, "It begins no more from that day on.")
    return redirect(f"{reverse('desk:rota:week')}?week={on:%Y-%m-%d}")


def _shown(request: DeskRequest, form: DutyForm | None = None) -> HttpResponse:
    today = clock.today()
    asked = _day(request.GET.get("week", "")) or today
    asked = min(max(asked, today - FURTHEST_WEEKS * A_WEEK), today + FURTHEST_WEEKS * A_WEEK)
    organisation_id = request.user.organisation_id
    first, last = _midnight(asked), _midnight(asked + A_WEEK)
    found = queries.shifts(organisation_id=organisation_id, since=first, until=last)
    may_write = request.user.may(Permission.ROTA_WRITE)
    context: dict[str, Any] = {
        "days": [_of_day(found, asked + dt.timedelta(days=number), today) for number in range(7)],
        "first": asked,
        "before": asked - A_WEEK,
        "after": asked + A_WEEK,
        "cover": queries.cover(organisation_id=organisation_id),
        "may_write": may_write,
        "form": None,
    }
    if may_write:
        initial = {"begins_on": max(asked, today), "from_time": dt.time(7), "until_time": dt.time(19)}
        context["form"] = form or DutyForm(initial=initial, organisation_id=organisation_id)
    return render(request, "desk/rota/week.html", context)


def _of_day(shifts: list[Shift], day: dt.date, today: dt.date) -> dict[str, Any]:
    """Return what begins on a day, what goes on into it, and when nobody is there."""
    begins, ends = _midnight(day), _midnight(day + dt.timedelta(days=1))
    mine = [one for one in shifts if one.begins < ends and one.ends > begins]
    return {
        "day": day,
        "is_today": day == today,
        "is_past": day < today,
        "shifts": [(one, one.begins < begins, one.ends > ends) for one in mine],
        "gaps": [(since, until, until == ends) for since, until in gaps(mine, since=begins, until=ends)],
    }


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_current_timezone()).astimezone(dt.UTC)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
