"""A member's watch schemes, opened by their secret link; for who runs one: people, notes, sheets and the phone tree.

The link could have been forwarded, so acting as coordinator asks for a code to their own contact, once in twelve hours
on each device. No screen here holds anybody's number or address but one, after a press that is kept.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.actions import notes as note_actions
from hueandcry.domain.alerts.queries import schemes as told
from hueandcry.domain.alerts.rules import MOST_SHEETS, NOTE_MOST, NOTE_PURPOSES, Heard, Sheet
from hueandcry.domain.members.actions import MemberError, devices, hearing
from hueandcry.domain.members.actions import schemes as actions
from hueandcry.domain.members.queries import devices as device_questions
from hueandcry.domain.members.queries import schemes as queries
from hueandcry.domain.members.rules import (
    ConsentHow,
    MemberDetail,
    MembershipState,
    MyScheme,
    PartLine,
    Purpose,
    SchemeDraft,
    SchemeKind,
    SchemeRole,
)
from hueandcry.domain.members.rules.joining import SCHEME_WORDING, consent_words, version_in
from hueandcry.domain.members.rules.schemes import ABOUT_MOST, DEVICE_KNOWN, NAME_MOST, OWN_KIND_MOST
from hueandcry.domain.messaging.actions import MessagingError
from hueandcry.domain.messaging.actions.by_hand import tell_by_hand
from hueandcry.domain.messaging.actions.inviting import invite as send_invitations
from hueandcry.domain.messaging.actions.inviting import not_invited
from hueandcry.domain.messaging.rules.by_hand import HandOutcome
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import language_now, say
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import Screen
from hueandcry.web.public.my import by_secret_link

COOKIE = "hc-watch"
SALT = "hueandcry.watch.device"
# What the button beside a name may say.
DEEDS = ("let_in", "refuse", "deputy", "member", "offer")


class ProposeForm(forms.Form):
    """What a member says of a scheme that is to be."""

    kind = forms.ChoiceField(label=_("What kind of watch?"), choices=SchemeKind.choices, widget=forms.RadioSelect)
    own_kind = forms.CharField(
        label=_("If it is another kind: what do you call it?"),
        required=False,
        max_length=OWN_KIND_MOST,
        help_text=_("Such as Allotment Watch."),
    )
    name = forms.CharField(
        label=_("What is it called?"),
        max_length=NAME_MOST,
        help_text=_("Such as Holt Farm Watch."),
        error_messages={"required": _("Give the scheme a name.")},
    )
    about = forms.CharField(
        label=_("Where is it, and what does it look out for?"),
        max_length=ABOUT_MOST,
        help_text=_("An officer reads this, and later those who think of joining."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say where it is and what it looks out for.")},
    )
    chosen = forms.BooleanField(label=_("I want to choose who comes in"), required=False)

    def draft(self) -> SchemeDraft:
        """Return it as the action takes it."""
        given = self.cleaned_data
        return SchemeDraft(
            SchemeKind(given["kind"]),
            given["name"],
            given["own_kind"],
            given["about"],
            open_to_all=not given["chosen"],
        )


class NoteForm(forms.Form):
    """An own message to everybody in the scheme."""

    purpose = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[(purpose.value, words) for purpose, words in NOTE_PURPOSES],
        widget=forms.RadioSelect,
        help_text=_("It goes to everybody in the scheme who agreed to hear from it."),
        error_messages={"required": _("Say what it is about.")},
    )
    text = forms.CharField(
        label=_("Your message"),
        max_length=NOTE_MOST,
        help_text=_("One short text. No names, no plates, no telephone numbers, no links."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what you want to say.")},
    )


class CodeForm(forms.Form):
    """The code that came to the coordinator's own contact."""

    code = forms.CharField(
        label=_("The code that we sent you"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "govuk-input--width-5"}
        ),
        error_messages={"required": _("Write the six figures of the code.")},
    )


# ---------------------------------------------------------------- doors


def _at(token: str, name: str, *refs: str) -> str:
    return reverse(f"public:my:{name}", args=[token, *refs])


def known_device(request: HttpRequest, member_ref: str) -> bool:
    """Say whether this member gave a code on this device within twelve hours."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=int(DEVICE_KNOWN.total_seconds()))
    except signing.BadSignature:
        return False
    return bool(kept == member_ref)


def running(*, ringers: bool = False, main: bool = False) -> Callable[[Screen], Screen]:
    """Open a screen to who runs the scheme (or rings its people) on a device that is known; else ask for a code.

    The screen gets the scheme as its member sees it.
    """

    def lock(screen: Screen) -> Screen:
        @wraps(screen)
        def locked(
            request: HttpRequest,
            *,
            token: str,
            held: MemberDetail,
            ref: str,
            **kwargs: Any,  # noqa: ANN401
        ) -> HttpResponse:
            scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
            is_ringer = ringers and scheme.state == MembershipState.IN and scheme.rings
            if not (scheme.is_lead or is_ringer) or (main and scheme.role != SchemeRole.COORDINATOR):
                raise NotHereError(f"scheme:{ref}")
            if not known_device(request, held.ref):
                messages.info(
                    request, say("First a code: it shows that it is you, and not somebody who has your link.")
                )
                return redirect(_at(token, "code", ref))
            return screen(request, token=token, held=held, scheme=scheme, **kwargs)

        return locked

    return lock


# ---------------------------------------------------------------- for every member


@require_safe
@by_secret_link
def listing(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show a member their schemes and those round their places."""
    context = {
        "token": token,
        "mine": queries.my_schemes(member_id=held.id),
        "around": queries.offered_to(member_id=held.id),
    }
    return render(request, "public/my/schemes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def propose(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Propose a watch scheme; an officer looks at it first."""
    form = ProposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.propose_scheme(member_id=held.id, draft=form.draft())
        except MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, say("Thank you. An officer looks at it, and you run it once they agree."))
            return redirect(_at(token, "schemes"))
    return render(request, "public/my/propose.html", {"token": token, "form": form})


@require_safe
@by_secret_link
def page(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Show a member one scheme: what it is, what they share with it, and for who runs it what there is to do."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    context: dict[str, Any] = {
        "token": token,
        "scheme": scheme,
        "ways": ", ".join(say(labels.BY_CHANNEL[channel]) for channel in scheme.hears),
        "wording": consent_words(
            version_in(language_now(), SCHEME_WORDING), organisation=scheme.organisation, scheme=scheme.name
        ),
    }
    if scheme.is_lead:
        context["counts"] = queries.heads_by_state(scheme_id=scheme.id)
    if scheme.is_lead or scheme.rings:
        context["known"] = known_device(request, held.ref)
        context["rings"] = len(queries.rung_by(scheme_id=scheme.id, member_id=held.id))
    if context.get("known"):
        context["sheets"] = told.told_lately(scheme_id=scheme.id, tier=queries.tier_now(member_id=held.id), most=10)
    return render(request, "public/my/scheme.html", context)


@require_POST
@by_secret_link
def join(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Ask to be in a scheme."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    try:
        state = actions.ask_to_join(member_id=held.id, scheme_id=scheme.id)
    except MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        inside = state == MembershipState.IN
        messages.success(
            request,
            say("You are in {name}.").format(name=scheme.name) if inside else say("Asked: a coordinator lets you in."),
        )
    return redirect(_at(token, "scheme", ref))


@require_POST
@by_secret_link
def leave(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Leave a scheme."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    try:
        actions.leave_scheme(scheme_id=scheme.id, member_ref=held.ref, actor=f"member:{held.ref}")
    except MemberError as refusal:
        messages.error(request, str(refusal))
        return redirect(_at(token, "scheme", ref))
    messages.success(request, say("You have left {name}.").format(name=scheme.name))
    return redirect(_at(token, "schemes"))


@require_POST
@by_secret_link
def hear(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """End a scheme's own messages at once, or have them again."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    me = f"member:{held.ref}"
    if request.POST.get("wants") != "yes":
        hearing.hear_no_more(scheme_id=scheme.id, member_ids=[held.id], actor=me)
        messages.success(
            request, say("{name} sends you no more of its own messages. Alerts go on.").format(name=scheme.name)
        )
        return redirect(_at(token, "scheme", ref))
    try:
        hearing.agree_to_scheme(member_id=held.id, scheme_id=scheme.id, how=ConsentHow.WEB, taken_by=me)
        messages.success(request, say("{name} may send you its own messages.").format(name=scheme.name))
    except MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect(_at(token, "scheme", ref))


@require_POST
@by_secret_link
def share(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Keep what a member shares with their scheme."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    actions.share(
        scheme_id=scheme.id,
        member_ref=held.ref,
        named="named" in request.POST,
        in_tree="in_tree" in request.POST,
        rings="rings" in request.POST,
        actor=f"member:{held.ref}",
    )
    messages.success(request, say("Kept."))
    return redirect(_at(token, "scheme", ref))


@require_POST
@by_secret_link
def answer(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Take the main coordinator's part that is offered, or leave it."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    takes = request.POST.get("takes") == "yes"
    try:
        actions.answer_offer(scheme_id=scheme.id, member_ref=held.ref, takes=takes)
    except MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            say("You are main coordinator of {name} now.").format(name=scheme.name)
            if takes
            else say("Left as it was."),
        )
    return redirect(_at(token, "scheme", ref))


# ---------------------------------------------------------------- the code for a device


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def code(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Ask for a code, or take the one that was typed: then this device is known for twelve hours."""
    scheme = queries.get_part(member_id=held.id, scheme_ref=ref)
    if not (scheme.is_lead or (scheme.state == MembershipState.IN and scheme.rings)):
        raise NotHereError(f"scheme:{ref}")
    form = CodeForm(request.POST if "code" in request.POST else None)
    sent = False
    if request.method == "POST" and "code" not in request.POST:
        try:
            devices.ask_code(member_id=held.id)
            sent = True
        except MemberError as refusal:
            messages.error(request, str(refusal))
    elif request.method == "POST" and form.is_valid():
        why_not = devices.try_code(member_id=held.id, code=form.cleaned_data["code"])
        if not why_not:
            answer = redirect(_at(token, "scheme", ref))
            answer.set_cookie(
                COOKIE,
                signing.dumps(held.ref, salt=SALT),
                max_age=int(DEVICE_KNOWN.total_seconds()),
                path=_at(token, "page"),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
            return answer
        form.add_error("code", why_not)
    contact = device_questions.own_contact(member_id=held.id)
    context = {
        "token": token,
        "scheme": scheme,
        "form": form,
        "sent": sent or "code" in request.POST,
        "where": labels.half_hidden(contact.address) if contact else "",
        "channel": contact.channel.within if contact else "",
    }
    return render(request, "public/my/code.html", context)


# ---------------------------------------------------------------- for who runs it


@require_safe
@by_secret_link
@running()
def people(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme) -> HttpResponse:
    """Show who is in a scheme, by names and roles alone, and who asks to come in."""
    standing = queries.parts(scheme_id=scheme.id)
    context = {
        "token": token,
        "scheme": scheme,
        "people": [line for line in standing if line.name],
        "in_tree": sum(line.in_tree for line in standing),
        "alone": sum(line.in_tree and not line.rung_by for line in standing),
        "others": sum(not line.name for line in standing),
        "asked": queries.parts(scheme_id=scheme.id, states=(MembershipState.ASKED,)),
        "is_main": scheme.role == SchemeRole.COORDINATOR,
        "me": held.ref,
        "fit": len(not_invited(scheme_id=scheme.id)),
    }
    return render(request, "public/my/people.html", context)


@require_POST
@by_secret_link
@running()
def decide(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, member_ref: str) -> HttpResponse:
    """Let somebody in or not; the main coordinator also gives parts and hands over."""
    deed = request.POST.get("deed", "")
    if deed not in DEEDS or (deed in {"deputy", "member", "offer"} and scheme.role != SchemeRole.COORDINATOR):
        raise NotHereError(f"deed:{deed[:20]}")
    given = {"scheme_id": scheme.id, "member_ref": member_ref, "actor": f"member:{held.ref}"}
    try:
        if deed == "let_in":
            actions.let_in(**given)  # type: ignore[arg-type]
        elif deed == "refuse":
            actions.refuse(**given)  # type: ignore[arg-type]
        elif deed == "offer":
            actions.offer_main(scheme_id=scheme.id, to_ref=member_ref, actor=f"member:{held.ref}")
        else:
            actions.set_role(**given, role=SchemeRole(deed))  # type: ignore[arg-type]
    except MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            say("Offered: it is theirs once they take it on their own page.") if deed == "offer" else say("Done."),
        )
    return redirect(_at(token, "people", scheme.ref))


@require_POST
@by_secret_link
@running()
def divide(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme) -> HttpResponse:
    """Divide those who are rung anew among those who ring."""
    alone = actions.divide_tree(scheme_id=scheme.id, actor=f"member:{held.ref}")
    if alone:
        messages.warning(request, say("Divided. Some have nobody to ring them: ask somebody to be willing."))
    else:
        messages.success(request, say("Divided: everybody in the phone tree has somebody who rings them."))
    return redirect(_at(token, "people", scheme.ref))


@require_POST
@by_secret_link
@running()
def invite(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme) -> HttpResponse:
    """Send everybody round here whom the scheme fits one invitation."""
    try:
        asked = send_invitations(scheme_id=scheme.id, actor=f"member:{held.ref}")
        messages.success(request, say("{plural} on the way.").format(plural=labels.plural(asked, "invitation")))
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect(_at(token, "people", scheme.ref))


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
@running()
def note(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme) -> HttpResponse:
    """Write to everybody in a scheme, and see what was written before."""
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = note_actions.write_note(
                member_id=held.id,
                scheme_ref=scheme.ref,
                purpose=Purpose(form.cleaned_data["purpose"]),
                text=form.cleaned_data["text"],
            )
        except AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{labels.kind_of(made.state, 'note').label}.")
            return redirect(_at(token, "note", scheme.ref))
    kept = queries.scheme_by_id(scheme_id=scheme.id)
    context = {
        "token": token,
        "scheme": scheme,
        "form": form,
        "limits": kept,
        "hours": f"{_clock(kept.notes_from)} to {_clock(kept.notes_until)}",
        "sent": told.count_this_week(scheme_id=scheme.id),
        "notes": told.notes_of(scheme_id=scheme.id),
    }
    return render(request, "public/my/note.html", context)


@require_POST
@by_secret_link
@running()
def withdraw_note(
    request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, note_ref: str
) -> HttpResponse:
    """Take back a message that has not gone."""
    try:
        note_actions.withdraw_note(member_id=held.id, scheme_ref=scheme.ref, note_ref=note_ref)
        messages.success(request, say("Taken back."))
    except AlertError as refusal:
        messages.error(request, str(refusal))
    return redirect(_at(token, "note", scheme.ref))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


# ---------------------------------------------------------------- paper and telephone


@require_safe
@by_secret_link
@running()
def sheet(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, about: str) -> HttpResponse:
    """Show a sheet to print: one, or one for each household without internet."""
    one = told.get_sheet(scheme_id=scheme.id, tier=queries.tier_now(member_id=held.id), ref=about)
    context = {
        "token": token,
        "scheme": scheme,
        "back": _at(token, "scheme", scheme.ref),
        "number": settings.REPLY_NUMBER,
        **sheet_context(request, one, without=queries.count_without_internet(scheme_id=scheme.id)),
    }
    return render(request, "public/my/sheet.html", context)


def sheet_context(request: HttpRequest, one: Sheet, *, without: int) -> dict[str, Any]:
    """Return what a sheet to print needs: how many, and how large."""
    wanted = request.GET.get("copies", "")
    copies = min(int(wanted), MOST_SHEETS) if wanted.isascii() and wanted.isdigit() and wanted.strip("0") else 1
    return {"sheet": one, "copies": range(copies), "large": bool(request.GET.get("large")), "without": without}


@require_safe
@by_secret_link
@running(ringers=True)
def tree(request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, about: str) -> HttpResponse:
    """Show whom of the phone tree this coordinator tells, and what became of it."""
    return _tree(request, token, held, scheme, about)


@require_POST
@by_secret_link
@running(ringers=True)
def number(
    request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, about: str, member_ref: str
) -> HttpResponse:
    """Show the number of one of those whom this coordinator rings; that they looked is kept."""
    contact = actions.see_number(scheme_id=scheme.id, member_id=held.id, of_ref=member_ref)
    shown = labels.phone(contact.address) if contact else say("no telephone: knock, or leave a sheet")
    return _tree(request, token, held, scheme, about, shown={member_ref: shown})


@require_POST
@by_secret_link
@running(ringers=True)
def tick(
    request: HttpRequest, *, token: str, held: MemberDetail, scheme: MyScheme, about: str, member_ref: str
) -> HttpResponse:
    """Write down that somebody of the phone tree was told, was not there, or did not want to hear it."""
    one = told.get_sheet(scheme_id=scheme.id, tier=queries.tier_now(member_id=held.id), ref=about)
    lines = {line.part.member_ref: line for line in _lines(scheme, one, held)}
    said = request.POST.get("outcome", "")
    if member_ref not in lines or said not in set(HandOutcome):
        raise NotHereError(f"member:{member_ref}")
    try:
        tell_by_hand(
            message_ref=one.message_ref,
            member_id=lines[member_ref].part.member_id,
            outcome=HandOutcome(said),
            rung=request.POST.get("how") != "paper",
            actor=f"member:{held.ref}",
        )
        messages.success(request, say("Kept. Thank you."))
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect(_at(token, "tree", scheme.ref, about))


def _lines(scheme: MyScheme, one: Sheet, held: MemberDetail) -> list[Any]:
    return told.tree_for(scheme_id=scheme.id, sheet=one, member_id=held.id)


def _tree(
    request: HttpRequest,
    token: str,
    held: MemberDetail,
    scheme: MyScheme,
    about: str,
    *,
    shown: dict[str, str] | None = None,
) -> HttpResponse:
    one = told.get_sheet(scheme_id=scheme.id, tier=queries.tier_now(member_id=held.id), ref=about)
    lines = _lines(scheme, one, held)
    everybody = told.tree_for(scheme_id=scheme.id, sheet=one) if scheme.is_lead else lines
    context = {
        "token": token,
        "scheme": scheme,
        "sheet": one,
        "lines": [
            {"part": line.part, "heard": line.heard, "at": line.at, "number": (shown or {}).get(line.part.member_ref)}
            for line in lines
        ],
        "outcomes": list(HandOutcome),
        "told": sum(line.heard in {Heard.TOLD, Heard.BY_ITSELF} for line in everybody),
        "total": len(everybody),
        "alone": _alone([line.part for line in everybody]),
    }
    return render(request, "public/my/tree.html", context)


def _alone(parts: list[PartLine]) -> int:
    return sum(not part.rung_by for part in parts)
