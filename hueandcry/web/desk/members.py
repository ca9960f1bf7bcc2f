"""Members on the desk: find one, sign one up, keep what they agreed to."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.queries.stopping import stopped_contacts
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    CONSENT_WORDINGS,
    Channel,
    ConsentHow,
    MemberDetail,
    MemberState,
    NewContact,
    NewMember,
    NewPlace,
    PlaceUse,
    Purpose,
    SchemeRole,
)
from hueandcry.domain.members.rules.mailboxes import suggest
from hueandcry.domain.messaging.queries import choosing
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.desk.forms import PLACE_HINT, PlaceField, postcode_of, scheme_choices
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.labels import seconds


class SearchForm(forms.Form):
    """Look for a member."""

    says_optional = False

    text = forms.CharField(
        label="Name, postcode, number, e-mail address or reference",
        help_text="The beginning is enough: “rob wo”, “LA99”. Of a number the last four figures.",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class SignUpForm(forms.Form):
    """Somebody joins in front of an officer or on the telephone."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Write the name."})
    where = PlaceField(
        label="Where is their home, farm or boat?",
        help_text=PLACE_HINT,
    )
    use = forms.ChoiceField(label="What is this place to them?", choices=PlaceUse.choices, initial=PlaceUse.HOME)
    place_name = forms.CharField(label="Their own name for the place", required=False, max_length=80)
    mobile = forms.CharField(
        label="Mobile number, for texts", required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    landline = forms.CharField(
        label="Number for phone calls",
        required=False,
        max_length=40,
        help_text="A landline is as good as a mobile: alerts are read out.",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.CharField(label="E-mail address", required=False, max_length=254)
    certain = forms.BooleanField(label="The e-mail address is right as written", required=False)
    purposes = forms.MultipleChoiceField(
        label="What do they want to hear?",
        choices=Purpose.asked_for,
        initial=[Purpose.ALERT.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of message."},
    )
    topics = forms.MultipleChoiceField(
        label="Subjects they care about", required=False, widget=forms.CheckboxSelectMultiple
    )
    schemes = forms.MultipleChoiceField(
        label="Watch schemes they join", required=False, widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(
        label="How did they agree?",
        choices=[(how.value, how.label) for how in (ConsentHow.SPOKEN, ConsentHow.IMPORT)],
        initial=ConsentHow.SPOKEN,
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(
        label="I read these words out, and they said yes to each way above that is filled in",
        error_messages={"required": "Read the words out and tick the box: without a yes nothing may be sent."},
    )

    def __init__(self, *args: object, officer: Officer, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["topics"].choices = [(str(topic.id), topic.name) for topic in knowledge.topics()]  # type: ignore[attr-defined]
        self.fields["schemes"].choices = scheme_choices(officer)  # type: ignore[attr-defined]
        self.officer = officer
        self.suggestion = ""

    def clean(self) -> dict[str, Any]:
        """Ask about an e-mail address that looks mistyped, while they are still there."""
        given = super().clean() or self.cleaned_data
        self.suggestion = suggest(given.get("email", ""))
        if self.suggestion and not given.get("certain"):
            self.add_error("email", f"Did you mean {self.suggestion}? Put it right, or tick the box below.")
        return given

    def new_member(self) -> NewMember:
        """Return what was filled in, as the action takes it."""
        given = self.cleaned_data
        found = given["where"]
        ways = ((Channel.SMS, "mobile"), (Channel.VOICE, "landline"), (Channel.EMAIL, "email"))
        return NewMember(
            name=given["name"],
            places=(NewPlace(postcode_of(found), found.point, PlaceUse(given["use"]), given["place_name"]),),
            contacts=tuple(NewContact(channel, given[name]) for channel, name in ways if given[name].strip()),
            organisations=(self.officer.organisation_id,),
            purposes=tuple(Purpose(purpose) for purpose in given["purposes"]),
            topics=tuple(int(topic) for topic in given["topics"]),
            schemes=tuple((int(scheme), SchemeRole.MEMBER) for scheme in given["schemes"]),
        )


class PauseForm(forms.Form):
    """Send nothing for a while."""

    until = forms.DateField(
        label="Pause until which day?",
        required=False,
        help_text="Empty means until they say.",
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give the day like 2026-11-22."},
    )

    def moment(self) -> dt.datetime | None:
        """Return the first moment of that day, in the force's time zone."""
        day = self.cleaned_data["until"]
        return day and timezone.make_aware(dt.datetime.combine(day, dt.time()))


@require_safe
@needs(Permission.MEMBER_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """Find members by name, postcode, number or reference."""
    form = SearchForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = queries.search(officer=request.user, text=wanted.get("text", ""), page=wanted.get("page") or 1)
    context = {
        "form": form,
        "page": page,
        "before": page.page - 1,
        "after": page.page + 1,
        "may_write": request.user.may(Permission.MEMBER_WRITE),
        "may_import": request.user.may(Permission.MEMBER_IMPORT),
        "may_export": request.user.may(Permission.MEMBER_EXPORT),
    }
    return render(request, "desk/members/list.html", context)


@needs(Permission.MEMBER_WRITE)
def new(request: DeskRequest) -> HttpResponse:
    """Sign a member up."""
    form = SignUpForm(request.POST or None, officer=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            member = actions.join(
                member=form.new_member(), how=ConsentHow(form.cleaned_data["how"]), taken_by=request.user.as_actor()
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{member.name} has joined.")
            return redirect("desk:members:page", ref=member.ref)
    wording = CONSENT_WORDINGS[CONSENT_VERSION].format(organisation=request.user.organisation.name)
    return render(request, "desk/members/new.html", {"form": form, "wording": wording})


@require_safe
@needs(Permission.MEMBER_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Open one member; that somebody looked is kept."""
    return _shown(request, actions.consult(officer=request.user, ref=ref))


@require_POST
@needs(Permission.MEMBER_READ)
def contacts(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one member's numbers and addresses in full; that somebody looked is kept."""
    return _shown(request, actions.see_contacts(officer=request.user, ref=ref), in_full=True)


@require_POST
@needs(Permission.MEMBER_WRITE)
def pause(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one member nothing for a while."""
    member = queries.get_member(officer=request.user, ref=ref)
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["until"][0]))
        return redirect("desk:members:page", ref=ref)
    try:
        actions.pause(member_id=member.pk, until=form.moment(), actor=request.user.as_actor())
        messages.success(request, f"{member.name} gets no messages for now.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:members:page", ref=ref)


@require_POST
@needs(Permission.MEMBER_WRITE)
def resume(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one member messages again."""
    member = queries.get_member(officer=request.user, ref=ref)
    try:
        actions.resume(member_id=member.pk, actor=request.user.as_actor())
        messages.success(request, f"{member.name} gets messages again.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:members:page", ref=ref)


@require_POST
@needs(Permission.MEMBER_WRITE)
def withdraw(request: DeskRequest, ref: str) -> HttpResponse:
    """End what one member agreed to, by one way or by all."""
    member = queries.get_member(officer=request.user, ref=ref)
    channel = request.POST.get("channel", "")
    ended = actions.withdraw(
        member_id=member.pk,
        channel=Channel(channel) if channel in set(Channel) else None,
        organisation_id=request.user.organisation_id,
        actor=request.user.as_actor(),
    )
    messages.success(request, "Stopped at once." if ended else "There was nothing left to stop.")
    return redirect("desk:members:page", ref=ref)


@require_POST
@needs(Permission.MEMBER_WRITE)
def leave(request: DeskRequest, ref: str) -> HttpResponse:
    """Let one member go."""
    member = queries.get_member(officer=request.user, ref=ref)
    if not request.POST.get("sure"):
        messages.error(request, "Tick the box that says you are sure, then press Leave again.")
    else:
        actions.leave(member_id=member.pk, actor=request.user.as_actor())
        messages.success(request, f"{member.name} has left and gets no more messages.")
    return redirect("desk:members:page", ref=ref)


def _shown(request: DeskRequest, member: MemberDetail, *, in_full: bool = False) -> HttpResponse:
    worked = choosing.worked(member_id=member.id, organisation_id=request.user.organisation_id)
    poor = {channel: _how_poor(one) for channel, one in worked.items()}
    context = {
        "member": member,
        "in_full": in_full,
        "standing": [line for line in member.consents if line.withdrawn_at is None],
        "ended": [line for line in member.consents if line.withdrawn_at is not None],
        "pause_form": PauseForm(),
        "may_write": request.user.may(Permission.MEMBER_WRITE),
        "has_left": member.state == MemberState.LEFT,
        "stopped": stopped_contacts(member_id=member.id, organisation_id=request.user.organisation_id),
        "contacts": [(contact, poor.get(contact.channel, "")) for contact in member.contacts],
    }
    return render(request, "desk/members/page.html", context)


def _how_poor(worked: choosing.Worked) -> str:
    """Say in a sentence what was measured of a way that is slow or fails, and what comes of it."""
    if worked.seconds is not None:
        said = f"Slow: messages take about {seconds(worked.seconds)}"
    else:
        said = f"{worked.failed} of the last {worked.sent} did not arrive"
    if worked.instead is None:
        return f"{said}."
    by_day = " (at night only if they chose calls)" if worked.instead == Channel.VOICE else ""
    return f"{said}, so urgent alerts come by {worked.instead.within} first{by_day}."
