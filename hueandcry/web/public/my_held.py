"""What we hold about a member, for them to read and to take away; what they agreed to, receipt by receipt."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import agree
from hueandcry.domain.members.actions import preferences as actions
from hueandcry.domain.members.queries import own_page
from hueandcry.domain.members.rules import CONSENT_WORDINGS, Channel, ConsentHow, MemberDetail, Purpose
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.organisations.queries import names
from hueandcry.web.parts import labels
from hueandcry.web.public.my import by_secret_link

ALL_MESSAGES = 5000
DOORS = {
    "page": "our website",
    "contact": "your own message",
    "member": "you, on your own page",
    "load": "a list that was brought over",
    "system": "the service",
}


def by_whom(reference: str, officers: dict[str, str]) -> str:
    """Say in words who took or ended something: PC Amos; our website; your own message."""
    return officers.get(reference) or DOORS.get(reference.partition(":")[0], "an officer")


def everything(held: MemberDetail) -> dict[str, Any]:
    """Return all that members holds about somebody.

    Where others read what comes to one of their numbers, others may have the link too: then all are half hidden.
    """
    found = own_page.everything_about(member_id=held.id)
    if any(contact["shared"] or contact["safe"] is False for contact in found["contacts"]):
        for contact in found["contacts"]:
            contact["address"] = labels.half_hidden(contact["address"])
    return found


def receipts(held: MemberDetail) -> list[dict[str, Any]]:
    """Return every agreement as a receipt in words."""
    rows = own_page.agreements_of(member_id=held.id)
    standing = {(row.organisation_id, row.purpose, row.channel) for row in rows if row.withdrawn_at is None}
    seen: set[tuple[int, str, str]] = set(standing)
    may_again = set()
    for row in rows:
        key = (row.organisation_id, row.purpose, row.channel)
        if key not in seen:
            may_again.add(row.pk)
        seen.add(key)
    officers = names(actors={row.taken_by for row in rows} | {row.withdrawn_by for row in rows})
    return [
        {
            "organisation": row.organisation.name,
            "organisation_ref": row.organisation.ref,
            "purpose": Purpose(row.purpose),
            "channel": Channel(row.channel),
            "wording": CONSENT_WORDINGS.get(row.wording, "").format(organisation=row.organisation.name),
            "version": row.wording,
            "how": ConsentHow(row.how),
            "taken_by": by_whom(row.taken_by, officers),
            "given_at": row.given_at,
            "evidence": row.evidence,
            "withdrawn_at": row.withdrawn_at,
            # Once for each: the newest that ended, when none stands.
            "may_again": row.pk in may_again,
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


def _which(request: HttpRequest, held: MemberDetail) -> tuple[int, Purpose, Channel] | None:
    """Read which agreement is meant: only one that this member has or had."""
    for row in own_page.agreements_of(member_id=held.id):
        if f"{row.organisation.ref} {row.purpose} {row.channel}" == request.POST.get("which", ""):
            return row.organisation_id, Purpose(row.purpose), Channel(row.channel)
    messages.error(request, "Choose one of the agreements that are shown.")
    return None


@require_POST
@by_secret_link
def end_agreement(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """End one agreement at once."""
    which = _which(request, held)
    if which is not None:
        organisation, purpose, channel = which
        actions.end_agreement(
            member_id=held.id,
            organisation_id=organisation,
            purpose=purpose,
            channel=channel,
            actor=f"member:{held.ref}",
        )
        messages.success(request, f"Stopped at once: {purpose.label.lower()}, as {labels.BY_CHANNEL[channel]}.")
    return redirect("public:my:agreed", token=token)


@require_POST
@by_secret_link
def agree_again(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Agree again to what was ended, in the words of today."""
    which = _which(request, held)
    if which is not None:
        organisation, purpose, channel = which
        try:
            agree(
                member_id=held.id,
                organisation_id=organisation,
                channel=channel,
                purposes=(purpose,),
                how=ConsentHow.WEB,
                taken_by=f"member:{held.ref}",
            )
            messages.success(request, f"Agreed again: {purpose.label.lower()}, as {labels.BY_CHANNEL[channel]}.")
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
    body = json.dumps({"what": "Everything that we hold about you", "member": mine}, ensure_ascii=False, indent=2)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="what-is-held-about-me.json"'
    return response
