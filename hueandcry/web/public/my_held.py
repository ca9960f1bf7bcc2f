"""What we hold about a member, for them to read and to take away; what they agreed to, receipt by receipt."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import agree
from hueandcry.domain.members.actions import preferences as actions
from hueandcry.domain.members.actions.hearing import agree_to_scheme
from hueandcry.domain.members.queries import own_page, schemes
from hueandcry.domain.members.rules import CONSENT_VERSION, Channel, ConsentHow, MemberDetail, MembershipState, Purpose
from hueandcry.domain.members.rules.joining import SCHEME_WORDING, consent_words, language_in, version_in
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.organisations.queries import names
from hueandcry.kit.words import language_now, mark, say
from hueandcry.web.parts import labels
from hueandcry.web.parts.languages import tag_of
from hueandcry.web.public.my import by_secret_link

ALL_MESSAGES = 5000
DOORS = {
    "page": mark("our website"),
    "contact": mark("your own message"),
    "member": mark("you, on your own page"),
    "load": mark("a list that was brought over"),
    "system": mark("the service"),
}
SOME_OFFICER = mark("an officer")


def by_whom(reference: str, officers: dict[str, str]) -> str:
    """Say in words who took or ended something: PC Amos; our website; your own message."""
    return officers.get(reference) or say(DOORS.get(reference.partition(":")[0], SOME_OFFICER))


def everything(held: MemberDetail) -> dict[str, Any]:
    """Return all that members holds about somebody.

    Where others read what comes to one of their numbers, others may have the link too: then all are half hidden.
    """
    found = own_page.everything_about(member_id=held.id)
    if any(contact["shared"] or contact["safe"] is False for contact in found["contacts"]):
        for contact in found["contacts"]:
            contact["address"] = labels.half_hidden(contact["address"])
    return found


def _whose(row: Any) -> str:  # noqa: ANN401 - screens do not know tables
    """Return the reference of whom an agreement names: a scheme, else an organisation."""
    return str((row.scheme or row.organisation).ref)


def _version_now(row: Any) -> str:  # noqa: ANN401 - screens do not know tables
    """Return the version of today's wording in the language of the page."""
    return version_in(language_now(), SCHEME_WORDING if row.scheme else CONSENT_VERSION)


def _words_now(row: Any) -> str:  # noqa: ANN401 - screens do not know tables
    """Return the words in which somebody would agree to the same today."""
    scheme = row.scheme.name if row.scheme else ""
    return consent_words(_version_now(row), organisation=row.organisation.name, scheme=scheme)


def _spoken(words: str, version: str) -> str:
    """Return words of an agreement for the page; in another language than the page's they say which, to be read out."""
    language = language_in(version)
    return words if language == language_now() else format_html('<span lang="{}">{}</span>', tag_of(language), words)


def receipts(held: MemberDetail) -> list[dict[str, Any]]:
    """Return every agreement as a receipt in words."""
    rows = own_page.agreements_of(member_id=held.id)
    standing = {(_whose(row), row.purpose, row.channel) for row in rows if row.withdrawn_at is None}
    seen: set[tuple[str, str, str]] = set(standing)
    may_again = set()
    mine = {scheme.id for scheme in schemes.my_schemes(member_id=held.id) if scheme.state == MembershipState.IN}
    for row in rows:
        key = (_whose(row), row.purpose, row.channel)
        if key not in seen and (row.scheme is None or row.scheme_id in mine):
            may_again.add(row.pk)
        seen.add(key)
    officers = names(actors={row.taken_by for row in rows} | {row.withdrawn_by for row in rows})
    return [
        {
            "organisation": row.scheme.name if row.scheme else row.organisation.name,
            "organisation_ref": _whose(row),
            "purpose": Purpose(row.purpose),
            "channel": Channel(row.channel),
            "wording": _spoken(own_page.receipt_words(row), row.wording),
            "version": row.wording,
            "how": ConsentHow(row.how),
            "taken_by": by_whom(row.taken_by, officers),
            "given_at": row.given_at,
            "evidence": row.evidence,
            "withdrawn_at": row.withdrawn_at,
            # Once for each: the newest that ended, when none stands.
            "may_again": row.pk in may_again,
            "words_now": _words_now(row) if row.pk in may_again and row.wording != _version_now(row) else "",
            "version_now": _version_now(row),
            "withdrawn_by": by_whom(row.withdrawn_by, officers) if row.withdrawn_by else "",
        }
        for row in rows
    ]


@require_safe
@by_secret_link
def agreed(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show every agreement with its evidence, each with a button that ends it."""
    context = {"token": token, "held": held, "receipts": receipts(held)}
    return render(request, "public/my/agreed.html", context)


def _which(request: HttpRequest, held: MemberDetail) -> tuple[int, int | None, Purpose, Channel] | None:
    """Read which agreement is meant: only one that this member has or had."""
    for row in own_page.agreements_of(member_id=held.id):
        if f"{_whose(row)} {row.purpose} {row.channel}" == request.POST.get("which", ""):
            return row.organisation_id, row.scheme_id, Purpose(row.purpose), Channel(row.channel)
    messages.error(request, say("Choose one of the agreements that are shown."))
    return None


@require_POST
@by_secret_link
def end_agreement(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """End one agreement at once."""
    which = _which(request, held)
    if which is not None:
        organisation, scheme, purpose, channel = which
        actions.end_agreement(
            member_id=held.id,
            organisation_id=organisation,
            scheme_id=scheme,
            purpose=purpose,
            channel=channel,
            actor=f"member:{held.ref}",
        )
        messages.success(
            request,
            say("Stopped at once: {lower}, as {channel}.").format(
                lower=purpose.label.lower(), channel=say(labels.BY_CHANNEL[channel])
            ),
        )
    return redirect("public:my:agreed", token=token)


@require_POST
@by_secret_link
def agree_again(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Agree again to what was ended, in the words of today."""
    which = _which(request, held)
    if which is not None:
        organisation, scheme, purpose, channel = which
        given: dict[str, Any] = {"how": ConsentHow.WEB, "taken_by": f"member:{held.ref}"}
        try:
            if scheme is not None:
                agree_to_scheme(member_id=held.id, scheme_id=scheme, channels=(channel,), **given)
            else:
                agree(
                    member_id=held.id,
                    organisation_id=organisation,
                    channel=channel,
                    purposes=(purpose,),
                    wording=version_in(language_now()),
                    **given,
                )
            messages.success(
                request,
                say("Agreed again: {lower}, as {channel}.").format(
                    lower=purpose.label.lower(), channel=say(labels.BY_CHANNEL[channel])
                ),
            )
        except actions.MemberError as refusal:
            messages.error(request, str(refusal))
    return redirect("public:my:agreed", token=token)


@require_safe
@by_secret_link
def whole(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show everything that we hold about a member, to read and to print."""
    context = {
        "token": token,
        "held": held,
        "everything": everything(held),
        "receipts": receipts(held),
        "received": messaging.received_by(member_id=held.id, most=ALL_MESSAGES),
    }
    return render(request, "public/my/held.html", context)


@require_safe
@by_secret_link
def download(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:  # noqa: ARG001
    """Hand over everything that we hold about a member as a file that other programs read."""
    mine = everything(held)
    mine["messages_received"] = [
        {"at": line.at.isoformat(), "channel": line.channel.value, "text": line.text}
        for line in messaging.received_by(member_id=held.id, most=ALL_MESSAGES)
    ]
    body = json.dumps({"what": say("Everything that we hold about you"), "member": mine}, ensure_ascii=False, indent=2)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="what-is-held-about-me.json"'
    return response
