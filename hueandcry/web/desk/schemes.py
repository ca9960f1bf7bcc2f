"""Watch schemes on the desk: found, approve, limit, let in, hand over, close; their own messages, read first."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.actions import notes as note_actions
from hueandcry.domain.alerts.queries import schemes as told
from hueandcry.domain.alerts.rules import MOST_SHEETS
from hueandcry.domain.members import queries
from hueandcry.domain.members.actions import MemberError
from hueandcry.domain.members.actions import schemes as actions
from hueandcry.domain.members.queries import schemes as questions
from hueandcry.domain.members.rules import (
    Limits,
    MembershipState,
    SchemeDraft,
    SchemeKind,
    SchemeRole,
    SchemeState,
    Tier,
)
from hueandcry.domain.members.rules.schemes import (
    ABOUT_MOST,
    MOST_NOTES_A_WEEK,
    NAME_MOST,
    OWN_KIND_MOST,
    check_limits,
)
from hueandcry.domain.messaging.actions import MessagingError
from hueandcry.domain.messaging.actions.inviting import invite as send_invitations
from hueandcry.domain.messaging.actions.inviting import not_invited
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries as places
from hueandcry.kit.finding import NotHereError
from hueandcry.web.desk.forms import read_drawn
from hueandcry.web.parts import labels, pager
from hueandcry.web.parts.doors import DeskRequest, needs

HOURS = [(minute, f"{minute // 60:02d}:{minute % 60:02d}") for minute in range(0, 24 * 60 + 1, 30)]
FINE_M = 10
DEEDS = ("let_in", "refuse", "deputy", "member", "coordinator", "take_out", "tree", "no_tree")


class SchemeForm(forms.Form):
    """What a scheme is, where it is, who may come in, and what the force allows it."""

    kind = forms.ChoiceField(label="Kind", choices=SchemeKind.choices, initial=SchemeKind.FARM)
    own_kind = forms.CharField(
        label="Their own kind",
        required=False,
        max_length=OWN_KIND_MOST,
        help_text="When it is another kind: Allotment Watch. It is shown as its kind everywhere.",
    )
    name = forms.CharField(label="Name", max_length=NAME_MOST, error_messages={"required": "Give the scheme a name."})
    about = forms.CharField(
        label="About it",
        required=False,
        max_length=ABOUT_MOST,
        help_text="People read this before they join.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    area = forms.CharField(
        label="Area",
        required=False,
        max_length=120,
        help_text="The name or code of a parish, ward, beat or district. Empty, and nothing drawn: the whole force.",
    )
    outline = forms.CharField(
        label="Its own outline",
        required=False,
        help_text="Drawn on the map, as GeoJSON, or one place on each line. It counts instead of the area.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    open_to_all = forms.BooleanField(label="Anybody who asks is in", required=False, initial=True)
    notes_a_week = forms.IntegerField(
        label="Own messages in seven days",
        min_value=0,
        max_value=MOST_NOTES_A_WEEK,
        initial=2,
        help_text="0: none.",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    notes_checked = forms.BooleanField(label="An officer reads each first", required=False, initial=True)
    notes_from = forms.TypedChoiceField(label="They go out from", choices=HOURS, coerce=int, initial=9 * 60)
    notes_until = forms.TypedChoiceField(label="until", choices=HOURS, coerce=int, initial=17 * 60)

    area_id: int | None = None

    def clean_area(self) -> str:
        """Find the one area that is meant."""
        text: str = self.cleaned_data["area"].strip()
        if not text:
            return text
        found = places.search_areas(text=text, most=6)
        exact = [area for area in found if text.casefold() in {area.name.casefold(), area.code.casefold()}]
        if len(exact) == 1:
            found = exact
        if len(found) != 1:
            names = "; ".join(f"{area.name} ({area.kind.label.lower()}, {area.code})" for area in found)
            raise forms.ValidationError(
                f"Several areas fit: {names}. Write the code of the one that you mean."
                if found
                else "No area is called so: write its name or code, or draw an outline."
            )
        self.area_id = found[0].id
        return text

    def clean_outline(self) -> str:
        """Read what was drawn or typed, as one GeoJSON geometry."""
        drawn = read_drawn(self.cleaned_data["outline"])
        return drawn[0] if drawn else ""

    def clean(self) -> dict[str, Any]:
        """Refuse hours that end before they begin."""
        given = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_limits(self.limits())
            except MemberError as refusal:
                self.add_error("notes_until", str(refusal))
        return given

    def draft(self) -> SchemeDraft:
        """Return it as the action takes it."""
        given = self.cleaned_data
        return SchemeDraft(
            SchemeKind(given["kind"]),
            given["name"],
            given["own_kind"],
            given["about"],
            self.area_id,
            given["outline"],
            given["open_to_all"],
        )

    def limits(self) -> Limits:
        """Return what the force allows, as the action takes it."""
        given = self.cleaned_data
        return Limits(given["notes_a_week"], given["notes_checked"], given["notes_from"], given["notes_until"])


# ---------------------------------------------------------------- looking


@require_safe
@needs(Permission.MEMBER_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List the schemes with how many are in each, and what waits for somebody."""
    closed = bool(request.GET.get("closed"))
    context = {
        "schemes": queries.scheme_lines(officer=request.user, closed=closed),
        "closed": closed,
        "proposed": questions.proposed(officer=request.user),
        "waiting": len(told.notes_waiting(officer=request.user)),
        "may_write": request.user.may(Permission.SCHEME_WRITE),
    }
    return render(request, "desk/schemes/list.html", context)


@require_safe
@needs(Permission.MEMBER_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one scheme: who is in it, coordinators first, who asks, whom it may invite, what it was told."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    parts = questions.parts(scheme_id=scheme.pk)
    roll = queries.roll(scheme_id=scheme.pk)
    inside = {line.member_ref: line for line in parts}
    rows = [(line, inside.get(line.ref)) for line in roll]
    may_write = request.user.may(Permission.SCHEME_WRITE)
    context: dict[str, Any] = {
        "scheme": scheme,
        "page": pager.page(request, rows, size=50),
        "asked": questions.parts(scheme_id=scheme.pk, states=(MembershipState.ASKED,)),
        "runs": scheme.state == SchemeState.ACTIVE,
        "has_main": any(line.role == SchemeRole.COORDINATOR for line in parts),
        "may_members": request.user.may(Permission.MEMBER_WRITE),
        "may_write": may_write,
        "hours": f"{dict(HOURS).get(scheme.notes_from, '')} to {dict(HOURS).get(scheme.notes_until, '')}",
        "sheets": told.told_lately(scheme_id=scheme.pk, tier=Tier.KIN)
        if request.user.may(Permission.ALERT_READ)
        else [],
        "notes": told.notes_of(scheme_id=scheme.pk),
    }
    if scheme.state == SchemeState.ACTIVE:
        context |= {
            "fit": len(questions.suggested(scheme_id=scheme.pk)),
            "askable": len(not_invited(scheme_id=scheme.pk)),
        }
    return render(request, "desk/schemes/page.html", context)


@require_safe
@needs(Permission.MEMBER_READ)
def outline(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the ground of one scheme for its map."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    if not scheme.outline and scheme.area_id:
        return JsonResponse(places.boundary_geojson(area_ids=[scheme.area_id], simplify_m=FINE_M))
    return JsonResponse(questions.outline_geojson(scheme=scheme))


@require_safe
@needs(Permission.ALERT_READ)
def sheet(request: DeskRequest, ref: str, about: str) -> HttpResponse:
    """Show a sheet of one alert or note to print for a scheme."""
    if not request.user.may(Permission.MEMBER_READ):
        raise NotHereError(f"scheme:{ref}")
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    wanted = request.GET.get("copies", "")
    copies = min(int(wanted), MOST_SHEETS) if wanted.isascii() and wanted.isdigit() and wanted.strip("0") else 1
    context = {
        "scheme": scheme,
        "sheet": told.get_sheet(scheme_id=scheme.pk, tier=Tier.KIN, ref=about),
        "copies": range(copies),
        "large": bool(request.GET.get("large")),
        "without": questions.count_without_internet(scheme_id=scheme.pk),
        "number": settings.REPLY_NUMBER,
    }
    return render(request, "desk/schemes/sheet.html", context)


# ---------------------------------------------------------------- founding, changing, closing


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SCHEME_WRITE)
def new(request: DeskRequest) -> HttpResponse:
    """Found a scheme."""
    form = SchemeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        try:
            scheme = actions.found_scheme(
                **vars(draft), organisation_id=request.user.organisation_id, actor=request.user.as_actor()
            )
            actions.change_scheme(officer=request.user, scheme_ref=scheme.ref, draft=draft, limits=form.limits())
        except MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{scheme.name} is founded.")
            return redirect("desk:schemes:page", ref=scheme.ref)
    return render(request, "desk/schemes/edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SCHEME_WRITE)
def edit(request: DeskRequest, ref: str) -> HttpResponse:
    """Change what a scheme is called, where it is, who may come in, and its limits."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    names = ("kind", "own_kind", "name", "about", "outline", "open_to_all")
    limits = ("notes_a_week", "notes_checked", "notes_from", "notes_until")
    initial = {name: getattr(scheme, name) for name in (*names, *limits)}
    form = SchemeForm(
        request.POST if request.method == "POST" else None,
        initial={**initial, "area": scheme.area.code if scheme.area else ""},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_scheme(officer=request.user, scheme_ref=ref, draft=form.draft(), limits=form.limits())
        except MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept.")
            return redirect("desk:schemes:page", ref=ref)
    return render(request, "desk/schemes/edit.html", {"form": form, "scheme": scheme})


@require_POST
@needs(Permission.SCHEME_WRITE)
def approve(request: DeskRequest, ref: str) -> HttpResponse:
    """Let a proposed scheme begin."""
    try:
        scheme = actions.approve_scheme(officer=request.user, scheme_ref=ref)
        messages.success(request, f"{scheme.name} runs now. Whoever proposed it is its main coordinator.")
    except MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:page", ref=ref)


@require_POST
@needs(Permission.SCHEME_WRITE)
def close(request: DeskRequest, ref: str) -> HttpResponse:
    """Close a scheme, or refuse a proposed one."""
    queries.get_scheme(officer=request.user, ref=ref)
    if not request.POST.get("sure"):
        messages.error(request, "Tick the box that says you are sure, then press Close again.")
        return redirect("desk:schemes:page", ref=ref)
    try:
        ended = actions.close_scheme(officer=request.user, scheme_ref=ref)
        messages.success(request, f"Closed. {labels.plural(ended, 'part')} ended.")
    except MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:page", ref=ref)


# ---------------------------------------------------------------- who is in it


@require_POST
@needs(Permission.MEMBER_WRITE)
def decide(request: DeskRequest, ref: str, member_ref: str) -> HttpResponse:
    """Let somebody in or not, give them a part, put them into the phone tree, or take them out."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    queries.get_member(officer=request.user, ref=member_ref)
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        raise NotHereError(f"deed:{deed[:20]}")
    try:
        _do(deed, scheme.pk, member_ref, request.user.as_actor())
        messages.success(request, "Done.")
    except MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:page", ref=ref)


def _do(deed: str, scheme_id: int, member_ref: str, actor: str) -> None:
    if deed == "let_in":
        actions.let_in(scheme_id=scheme_id, member_ref=member_ref, actor=actor)
    elif deed == "refuse":
        actions.refuse(scheme_id=scheme_id, member_ref=member_ref, actor=actor)
    elif deed == "take_out":
        actions.leave_scheme(scheme_id=scheme_id, member_ref=member_ref, actor=actor)
    elif deed in {"tree", "no_tree"}:
        part = next(line for line in questions.parts(scheme_id=scheme_id) if line.member_ref == member_ref)
        actions.share(
            scheme_id=scheme_id,
            member_ref=member_ref,
            named=part.named,
            in_tree=deed == "tree",
            rings=part.rings,
            actor=actor,
        )
    else:
        actions.set_role(scheme_id=scheme_id, member_ref=member_ref, role=SchemeRole(deed), actor=actor)


@require_POST
@needs(Permission.MEMBER_WRITE)
def invite(request: DeskRequest, ref: str) -> HttpResponse:
    """Send everybody round a scheme whom it fits one invitation."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    try:
        asked = send_invitations(scheme_id=scheme.pk, actor=request.user.as_actor())
        messages.success(request, f"{labels.plural(asked, 'invitation')} on the way.")
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:page", ref=ref)


# ---------------------------------------------------------------- own messages, read first


@require_safe
@needs(Permission.SCHEME_WRITE)
def notes(request: DeskRequest) -> HttpResponse:
    """List the messages of schemes that wait for an officer to read them."""
    return render(request, "desk/schemes/notes.html", {"notes": told.notes_waiting(officer=request.user)})


@require_POST
@needs(Permission.SCHEME_WRITE)
def pass_note(request: DeskRequest, ref: str) -> HttpResponse:
    """Let a scheme's message go."""
    try:
        made = note_actions.pass_note(officer=request.user, note_ref=ref)
        messages.success(request, f"{labels.kind_of(made.state, 'note').label}.")
    except AlertError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:notes")


@require_POST
@needs(Permission.SCHEME_WRITE)
def return_note(request: DeskRequest, ref: str) -> HttpResponse:
    """Send a scheme's message back to who wrote it, with the reason."""
    try:
        note_actions.return_note(officer=request.user, note_ref=ref, because=request.POST.get("because", ""))
        messages.success(request, "Sent back: they see the reason on their page.")
    except AlertError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:schemes:notes")
