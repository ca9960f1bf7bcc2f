"""The buttons of an alert: every move of its life, each a press; what may be pressed now and by whom."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.queries import agreeing, costing, versions
from hueandcry.domain.alerts.rules import AGREED, OPEN, OUT, RUNNING, Goes, State, Verb, Words, check, typed_needed
from hueandcry.domain.alerts.rules.canaries import FEWEST_SIGNS
from hueandcry.domain.alerts.rules.kinds import CorrectionState, Suspect
from hueandcry.domain.alerts.rules.moves import RECALL_WITHIN, can_be_recalled, may_make
from hueandcry.domain.alerts.rules.suspects import is_asked
from hueandcry.domain.alerts.rules.wording import ASK_MOST, HEADLINE_MOST, WHAT_MOST, WHERE_MOST
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.web.desk.alert_forms import EndingForm, ReasonForm
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.forms import DayAndTimeField

NOT_OUT = (*OPEN, State.WAITING, *AGREED)
LEAKED_MOST = 2_000
CORRECTED = "Corrected. Everybody whom it reached is being told."
CORRECTION_WAITS = "The correction waits for a second officer. Pause the alert meanwhile, if it does harm."


class LaterForm(forms.Form):
    """When an approved alert goes out by itself."""

    goes_at = DayAndTimeField(label="When is it to go out?", required=False)


class HowForm(forms.Form):
    """Whether it is an exercise, whether each group reads its own wording, who pays."""

    is_drill = forms.BooleanField(
        label="This is an exercise",
        required=False,
        help_text="Everything says EXERCISE, it goes to the sandbox only, and it cannot be made real later.",
    )
    has_canaries = forms.BooleanField(
        label="Each group reads its own wording",
        required=False,
        help_text="Small harmless differences in our own lines: a leaked text says which group it came from.",
    )
    team = forms.ChoiceField(label="Which team pays for it", required=False)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        if teams:
            self.fields["team"].choices = [("", "None"), *teams]  # type: ignore[attr-defined]
        else:
            del self.fields["team"]


class CorrectForm(forms.Form):
    """What an alert should have said, and what was wrong."""

    headline = forms.CharField(label="Headline", max_length=HEADLINE_MOST)
    what = forms.CharField(label="What happened", max_length=WHAT_MOST, widget=forms.Textarea(attrs={"rows": 4}))
    where = forms.CharField(label="Where, in words that people know", max_length=WHERE_MOST)
    occurred_at = DayAndTimeField(label="When it happened", required=False)
    ask = forms.CharField(
        label="What do we ask of people?", max_length=ASK_MOST, widget=forms.Textarea(attrs={"rows": 2})
    )
    expires_at = DayAndTimeField(label="When does it end by itself?")
    reason = forms.CharField(
        label="What was wrong?",
        max_length=300,
        help_text="Those whom it reached read this: “The pick-up was blue.” No names, no plates.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what was wrong, in a few words."},
    )
    typed = forms.CharField(label="Type the number of members to confirm", required=False, max_length=12)

    def __init__(self, *args: Any, typed: str = "", **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        if typed:
            self.fields["typed"].label = f"This corrects what {int(typed):,} members were sent. Type {typed} to confirm"
            self.fields["typed"].widget.attrs |= {"inputmode": "numeric", "class": "govuk-input--width-10"}
        else:
            del self.fields["typed"]

    def words(self) -> Words:
        """Return the words as they are to stand."""
        given = self.cleaned_data
        return Words(*(given[name] for name in ("headline", "what", "where", "ask")))


class LeakedForm(forms.Form):
    """A text that turned up where it should not be."""

    leaked = forms.CharField(
        label="Paste the text that turned up",
        max_length=LEAKED_MOST,
        min_length=FEWEST_SIGNS,
        help_text="All of it or a piece; capitals and spaces do not matter.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Paste the text, or a piece of it."},
    )


# ---------------------------------------------------------------- what the page shows of it


def next_steps(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - an Alert, whose table is not known
    """Return which buttons the page has, what each needs, and the sentence where there is none."""
    state, is_author = State(alert.state), alert.author_id == request.user.pk
    mine = {verb: _has(request, alert, verb) for verb in Verb}
    found: dict[str, Any] = {"wait": "", "count": None, **_asked(alert, is_author=is_author)}
    way = None
    if state in NOT_OUT and hasattr(alert, "audience"):
        try:
            way = queries.way_out(alert=alert)
        except actions.AlertError as refusal:
            found["wait"] = str(refusal)
        else:
            found |= {"count": way.count, "typed": way.typed, "way": way, "more": max(0, way.approvals - way.given - 1)}
            if way.count.members:
                found["forecast"] = costing.forecast(alert=alert, count=way.count)
    agreed = agreeing.agreed_by(alert=alert, version=queries.version(alert=alert)) if state == State.WAITING else []
    has_agreed = any(one.officer_id == request.user.pk for one in agreed)
    act = {
        "submit": mine[Verb.SUBMIT] and way is not None,
        "release_fast": mine[Verb.RELEASE_FAST] and bool(way and not way.approvals and way.count.members),
        "approve": mine[Verb.APPROVE] and way is not None and not has_agreed,
        "send_back": mine[Verb.SEND_BACK],
        "withdraw": mine[Verb.WITHDRAW],
        "release_approved": mine[Verb.RELEASE_APPROVED] and way is not None,
        "pause": mine[Verb.PAUSE],
        "resume": mine[Verb.RESUME],
        "correct": mine[Verb.CORRECT],
        "stand_down": mine[Verb.STAND_DOWN],
        "end": mine[Verb.END],
        "find_leak": request.user.may(Permission.ALERT_END),
        "write_anew": state in OUT and state not in RUNNING and request.user.may(Permission.ALERT_WRITE),
    }
    if act["approve"]:
        found["seen"] = queries.version(alert=alert)
    found["wait"] = found["wait"] or _waits(alert, act, is_author=is_author, has_agreed=has_agreed)
    found |= {
        "act": act,
        "agreed": [one.officer.get_full_name() for one in agreed],
        "has_actions": any(can for name, can in act.items() if name != "find_leak")
        or bool(found["wait"])
        or found["asks_suspect"],
        "back_form": ReasonForm(prefix="back"),
        "down_form": ReasonForm(prefix="down"),
        "end_form": EndingForm(),
        "later_form": LaterForm(prefix="later"),
    }
    return found | recalling(request, alert) | _how(request, alert, is_author=is_author) | _correction(request, alert)


def _has(request: DeskRequest, alert: Any, verb: Verb) -> bool:  # noqa: ANN401
    may = {permission for permission in Permission if request.user.may(permission)}
    return may_make(verb, state=State(alert.state), is_author=alert.author_id == request.user.pk, may=may)


def _asked(alert: Any, *, is_author: bool) -> dict[str, Any]:  # noqa: ANN401
    """Return the question of the suspect: its answer, and whether it is this officer's to answer now."""
    answer = Suspect(alert.suspect)
    open_to = alert.state in OPEN and is_author
    asked = is_asked(template=alert.template) and not alert.is_drill
    return {
        "asks_suspect": open_to and asked and answer == Suspect.UNASKED,
        "answers_again": open_to and answer != Suspect.UNASKED,
        "answered": answer.label if answer != Suspect.UNASKED else "",
        "answers": [(one.value, one.label) for one in Suspect if one != Suspect.UNASKED],
    }


def _waits(alert: Any, act: dict[str, bool], *, is_author: bool, has_agreed: bool) -> str:  # noqa: ANN401
    """Return what the page says where there is nothing to press, or nothing to press yet."""
    if alert.state == State.WAITING and has_agreed:
        return "You agreed to it. It waits for another officer."
    if alert.state == State.WAITING and not act["approve"]:
        return "It waits for a second officer: somebody other than its author, who may approve."
    if alert.state in OPEN and is_author and not hasattr(alert, "audience"):
        return "Choose who it is for, then send it for approval."
    if alert.state == State.APPROVED and not is_author:
        return "It is approved. Its author releases it."
    return ""


def recalling(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return for how many seconds one press still takes it back; nothing where it does not."""
    now = clock.now()
    can = _has(request, alert, Verb.RECALL) and can_be_recalled(released_at=alert.released_at, now=now)
    left = (alert.released_at + RECALL_WITHIN - now).total_seconds() if can else 0
    return {"recall_left": int(left) + 1 if can else 0}


def _how(request: DeskRequest, alert: Any, *, is_author: bool) -> dict[str, Any]:  # noqa: ANN401
    if alert.state not in OPEN or not is_author:
        return {}
    teams = [(team.ref, team.name) for team in organisations.teams_of(officer=request.user)]
    chosen = alert.team.ref if alert.team else teams[0][0] if len(teams) == 1 else ""
    initial = {"is_drill": alert.is_drill, "has_canaries": alert.has_canaries, "team": chosen}
    return {"how_form": HowForm(initial=initial, teams=teams)}


def _correction(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the correction that waits, and who may press what about it."""
    waits = versions.waiting_correction(alert=alert) if alert.state in RUNNING else None
    if waits is None:
        return {}
    is_own = waits.author_id == request.user.pk
    may_approve = request.user.may(Permission.ALERT_APPROVE)
    return {
        "correction": waits,
        "corrects": [_shown(change) for change in versions.changed_by(correction=waits)],
        "may_agree": may_approve and not is_own,
        "may_drop": may_approve or is_own,
        "correction_typed": _typed(alert),
    }


def _typed(alert: Any) -> str:  # noqa: ANN401
    """Return what is typed before so many hear a correction."""
    many = alert.audience.members or 0
    row = queries.row_of(alert=alert, members_now=many, findings=[])
    return typed_needed(members=many, above=row.typed_above)


def versions_of(alert: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the versions of an alert's words as the page shows them, newest first."""
    found = versions.versions(alert=alert)
    names = organisations.names(actors=[version.by for version in found])
    return [
        {
            "number": version.number,
            "at": version.at,
            "by": names.get(version.by, version.by),
            "changes": [_shown(change) for change in version.changes],
        }
        for version in found
    ]


def _shown(change: versions.Change) -> tuple[str, str, str]:
    def said(value: object) -> str:
        return (
            labels.moment(value) if isinstance(value, dt.datetime) else str(value if value is not None else "nothing")
        )

    return change.name, said(change.before), said(change.after)


# ---------------------------------------------------------------- presses


def _act(request: DeskRequest, ref: str, act: Callable[[], object], done: str | Callable[[Any], str]) -> HttpResponse:
    """Do one thing, and say on the alert's page that it is done or why not."""
    try:
        result = act()
    except actions.AlertError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done if isinstance(done, str) else done(result))
    return redirect("desk:alerts:page", ref=ref)


@require_POST
@needs(Permission.ALERT_WRITE)
def suspect(request: DeskRequest, ref: str) -> HttpResponse:
    """Answer whether a suspect could read it: one press."""
    answer = request.POST.get("answer", "")
    answer = answer if answer in list(Suspect) else ""
    return _act(
        request,
        ref,
        lambda: actions.answer_suspect(
            alert_ref=ref, officer=request.user, answer=Suspect(answer), note=request.POST.get("note", "")
        ),
        "Your answer is kept.",
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def how(request: DeskRequest, ref: str) -> HttpResponse:
    """Say whether it is an exercise, whether each group reads its own wording, who pays."""
    return _act(
        request,
        ref,
        lambda: actions.choose_how(
            alert_ref=ref,
            officer=request.user,
            is_drill="is_drill" in request.POST,
            has_canaries="has_canaries" in request.POST,
            team_ref=request.POST.get("team", "")[:12],
        ),
        "Kept.",
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def submit(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one alert for approval."""
    return _act(
        request,
        ref,
        lambda: actions.submit(alert_ref=ref, officer=request.user),
        "Sent for approval. A second officer releases it.",
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def withdraw(request: DeskRequest, ref: str) -> HttpResponse:
    """Take one's own alert back to change it, before it is out."""
    return _act(
        request,
        ref,
        lambda: actions.withdraw(alert_ref=ref, officer=request.user),
        "It is yours again: change it, then send it for approval.",
    )


@require_POST
@needs(Permission.ALERT_APPROVE)
def approve(request: DeskRequest, ref: str) -> HttpResponse:
    """Agree to what another officer wrote: it goes now, at a set time, or when its author releases it."""
    wanted = request.POST.get("goes", Goes.NOW)
    goes = Goes(wanted) if wanted in list(Goes) else Goes.NOW
    goes_at = None
    if goes == Goes.AT:
        form = LaterForm(request.POST, prefix="later")
        if not form.is_valid():
            messages.error(request, " ".join(str(error) for error in form.errors["goes_at"]))
            return redirect("desk:alerts:page", ref=ref)
        goes_at = form.cleaned_data["goes_at"]
    return _act(
        request,
        ref,
        lambda: actions.approve(
            alert_ref=ref,
            officer=request.user,
            typed=request.POST.get("typed", ""),
            seen=request.POST.get("seen", ""),
            goes=goes,
            goes_at=goes_at,
        ),
        _approved,
    )


def _approved(alert: Any) -> str:  # noqa: ANN401
    said = {
        State.WAITING: "You agreed to it. It waits for another officer.",
        State.APPROVED: "Approved. Its author releases it.",
        State.RELEASED: "Released. It is on its way.",
    }
    if alert.state == State.SCHEDULED:
        return f"Approved. It goes out {labels.moment(alert.goes_at)}."
    return said[State(alert.state)]


@require_POST
@needs(Permission.ALERT_WRITE)
def release_approved(request: DeskRequest, ref: str) -> HttpResponse:
    """Release one's own alert that others agreed to."""
    return _act(
        request,
        ref,
        lambda: actions.release_approved(alert_ref=ref, officer=request.user, typed=request.POST.get("typed", "")),
        "Released. It is on its way.",
    )


@require_POST
@needs(Permission.ALERT_APPROVE)
def send_back(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one alert back to its author."""
    reason = request.POST.get("back-reason", "")
    return _act(
        request,
        ref,
        lambda: actions.send_back(alert_ref=ref, officer=request.user, reason=reason),
        "Sent back to its author.",
    )


@require_POST
@needs(Permission.ALERT_FAST)
def release_fast(request: DeskRequest, ref: str) -> HttpResponse:
    """Release one's own alert to few vetted members without a second officer."""
    return _act(
        request,
        ref,
        lambda: actions.release_fast(alert_ref=ref, officer=request.user),
        "Released. It is on its way.",
    )


@require_safe
@needs(Permission.ALERT_READ)
def taking_back(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the button that takes a fresh release back, while it does."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return render(request, "desk/alerts/_recall.html", {"alert": alert, **recalling(request, alert)})


@require_POST
@needs(Permission.ALERT_END)
def recall(request: DeskRequest, ref: str) -> HttpResponse:
    """Take one alert back within seconds of its release."""
    return _act(
        request,
        ref,
        lambda: actions.recall(alert_ref=ref, officer=request.user),
        "Taken back. Nothing more leaves; whom it reached is told to ignore it.",
    )


@require_POST
@needs(Permission.ALERT_END)
def pause(request: DeskRequest, ref: str) -> HttpResponse:
    """Hold back what is not sent yet of one alert."""
    return _act(
        request,
        ref,
        lambda: actions.pause(alert_ref=ref, officer=request.user),
        "Paused. What is not sent yet waits.",
    )


@require_POST
@needs(Permission.ALERT_END)
def resume(request: DeskRequest, ref: str) -> HttpResponse:
    """Let an alert go on that was held back."""
    return _act(request, ref, lambda: actions.resume(alert_ref=ref, officer=request.user), "It goes on.")


@require_POST
@needs(Permission.ALERT_END)
def stand_down(request: DeskRequest, ref: str) -> HttpResponse:
    """Call one alert off, and tell everybody whom it reached."""
    reason = request.POST.get("down-reason", "")
    return _act(
        request,
        ref,
        lambda: actions.stand_down(alert_ref=ref, officer=request.user, reason=reason),
        "Stood down. Everybody whom it reached is being told.",
    )


@require_POST
@needs(Permission.ALERT_END)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """End one alert, and tell everybody who answered what came of it."""
    ending = request.POST.get("ending", "")
    return _act(
        request,
        ref,
        lambda: actions.end(alert_ref=ref, officer=request.user, ending=ending),
        "Ended. Everybody who answered is being told.",
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def write_anew(request: DeskRequest, ref: str) -> HttpResponse:
    """Begin a draft with the words and the audience of an alert that is over."""
    try:
        anew = actions.write_anew(alert_ref=ref, officer=request.user)
    except actions.AlertError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:alerts:page", ref=ref)
    messages.success(request, "A new draft with the same words: change what was wrong, and say when it ends.")
    return redirect("desk:alerts:edit", ref=anew.ref)


# ---------------------------------------------------------------- corrections, and whose wording leaked


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_END)
def correct(request: DeskRequest, ref: str) -> HttpResponse:
    """Write what an alert should have said, for exactly those whom it reached."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    if alert.state not in RUNNING:
        messages.error(request, "This alert is over: there is nothing to correct.")
        return redirect("desk:alerts:page", ref=ref)
    names = ("headline", "what", "where", "ask", "occurred_at", "expires_at")
    form = CorrectForm(
        request.POST or None, initial={name: getattr(alert, name) for name in names}, typed=_typed(alert)
    )
    context: dict[str, Any] = {"alert": alert, "form": form}
    if request.method == "POST" and form.is_valid() and "check" in request.POST:
        context |= _corrected(alert, form)
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.correct(
                alert_ref=ref,
                officer=request.user,
                words=form.words(),
                occurred_at=given["occurred_at"],
                expires_at=given["expires_at"],
                reason=given["reason"],
                typed=given.get("typed", ""),
            )
        except actions.AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            waits = made.state == CorrectionState.WAITING
            messages.success(request, CORRECTION_WAITS if waits else CORRECTED)
            return redirect("desk:alerts:page", ref=ref)
    return render(request, "desk/alerts/correct.html", context)


def _corrected(alert: Any, form: CorrectForm) -> dict[str, Any]:  # noqa: ANN401
    """Return what those whom it reached would read, and what the send check finds."""
    given = form.cleaned_data
    facts = queries.facts_of_correction(
        alert=alert,
        words=form.words(),
        occurred_at=given["occurred_at"],
        expires_at=given["expires_at"],
        reason=given["reason"],
    )
    return {"preview": queries.preview_of(facts=facts), "findings": check(facts)}


@require_POST
@needs(Permission.ALERT_APPROVE)
def agree_to_correction(request: DeskRequest, ref: str) -> HttpResponse:
    """Let a correction out that another officer wrote."""
    return _act(
        request,
        ref,
        lambda: actions.agree_to_correction(
            alert_ref=ref,
            officer=request.user,
            seen=request.POST.get("seen", ""),
            typed=request.POST.get("typed", ""),
        ),
        CORRECTED,
    )


@require_POST
@needs(Permission.ALERT_END)
def drop_correction(request: DeskRequest, ref: str) -> HttpResponse:
    """Leave the words as they are: a correction is not made."""
    return _act(
        request,
        ref,
        lambda: actions.drop_correction(alert_ref=ref, officer=request.user),
        "The correction is not made. The alert stands as it was.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_END)
def leaked(request: DeskRequest, ref: str) -> HttpResponse:
    """Find which group's wording a leaked text is."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = LeakedForm(request.POST or None)
    context: dict[str, Any] = {"alert": alert, "form": form}
    if request.method == "POST" and form.is_valid():
        context["found"] = queries.whose_wording(alert=alert, leaked=form.cleaned_data["leaked"])
    return render(request, "desk/alerts/leaked.html", context)
