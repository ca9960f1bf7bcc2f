"""What a member's own page asks: how they want to hear from us, and everything that we hold about them."""

from typing import Any

from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    Membership,
    Preference,
    Scheme,
)
from hueandcry.domain.members.rules import Channel, Language, Priority, Reading
from hueandcry.domain.members.rules.applying import Choice
from hueandcry.domain.members.rules.joining import consent_words
from hueandcry.domain.members.rules.own_page import Settings, rows_of
from hueandcry.kit.finding import NotHereError


def settings_of(*, member_id: int) -> Settings:
    """Return how a member wants to hear from us.

    Raises:
        NotHereError: there is no such member.
    """
    try:
        member = Member.objects.get(pk=member_id)
    except Member.DoesNotExist:
        raise NotHereError(f"member:{member_id}") from None
    contacts = ContactPoint.objects.filter(member=member).values_list("channel", flat=True)
    has = set(contacts)
    channels = tuple(channel for channel in Channel if channel in has)
    chosen = {
        (Priority(row.priority), Channel(row.channel)): Choice(
            Priority(row.priority), Channel(row.channel), row.wanted, row.from_minute, row.until_minute
        )
        for row in Preference.objects.filter(member=member).order_by("priority", "channel")
    }
    reading = Reading(member.reading)
    return Settings(
        name=member.name,
        language=Language(member.language),
        reading=reading,
        weekly_budget=member.weekly_budget,
        channels=channels,
        rows=rows_of(channels=channels, reading=reading, chosen=chosen),
    )


def interests_of(*, member_id: int) -> list[int]:
    """Return the ids of the topics that a member wants to hear about."""
    return list(Interest.objects.filter(member=member_id).order_by("topic").values_list("topic_id", flat=True))


def contacts_of(*, member_id: int) -> list[ContactPoint]:
    """Return the ways to reach a member, in their own order."""
    return list(ContactPoint.objects.filter(member=member_id).order_by("rank", "pk"))


def agreements_of(*, member_id: int) -> list[Consent]:
    """Return every agreement of a member as a receipt, standing ones first, then newest first."""
    rows = Consent.objects.filter(member=member_id).select_related("organisation", "scheme").order_by("-given_at", "pk")
    return sorted(rows, key=lambda row: row.withdrawn_at is not None)


def heard_scheme(*, member_id: int, scheme_ref: str) -> Scheme | None:
    """Return the scheme whose own messages a member agreed to once, though that may be over; None if it is none."""
    heard = Scheme.objects.filter(pk__in=Consent.objects.filter(member=member_id).values("scheme"))
    return next((one for one in heard if one.ref == scheme_ref), None)


def receipt_words(row: Consent) -> str:
    """Return the words of one agreement as they were read."""
    return consent_words(row.wording, organisation=row.organisation.name, scheme=row.scheme.name if row.scheme else "")


def everything_about(*, member_id: int) -> dict[str, Any]:
    """Return everything that members holds about somebody, for them to take away (UK GDPR 15, 20).

    How far they were checked, and officers' notes, are given by an officer: whoever holds the link might learn
    who is a key individual.

    Raises:
        NotHereError: there is no such member.
    """
    try:
        member = Member.objects.get(pk=member_id)
    except Member.DoesNotExist:
        raise NotHereError(f"member:{member_id}") from None
    parts = Membership.objects.filter(member=member).select_related("scheme").order_by("joined_at", "pk")
    return {
        "reference": member.ref,
        "name": member.name,
        "state": member.state,
        "language": member.language,
        "reading": member.reading,
        "messages_a_week": member.weekly_budget,
        "paused_until": _iso(member.paused_until),
        "joined_at": _iso(member.joined_at),
        "places": [
            {
                "use": row.use,
                "name": row.name,
                "postcode": row.postcode,
                "longitude": row.point.lon,
                "latitude": row.point.lat,
            }
            for row in MemberPlace.objects.filter(member=member).order_by("pk")
        ],
        "contacts": [
            {
                "channel": row.channel,
                "address": row.address,
                "confirmed_at": _iso(row.confirmed_at),
                "suspended_at": _iso(row.suspended_at),
                "shared": row.shared,
                "safe": row.safe,
            }
            for row in contacts_of(member_id=member.pk)
        ],
        "agreements": [
            {
                "organisation": row.organisation.name,
                "scheme": row.scheme.name if row.scheme else "",
                "purpose": row.purpose,
                "channel": row.channel,
                "wording_version": row.wording,
                "wording": receipt_words(row),
                "how": row.how,
                "taken_by": row.taken_by,
                "given_at": _iso(row.given_at),
                "evidence": row.evidence,
                "withdrawn_at": _iso(row.withdrawn_at),
                "withdrawn_by": row.withdrawn_by,
            }
            for row in agreements_of(member_id=member.pk)
        ],
        "preferences": [
            {
                "priority": row.priority,
                "channel": row.channel,
                "wanted": row.wanted,
                "from_minute": row.from_minute,
                "until_minute": row.until_minute,
            }
            for row in Preference.objects.filter(member=member).order_by("priority", "channel")
        ],
        "topics": list(
            Interest.objects.filter(member=member).order_by("topic__name").values_list("topic__name", flat=True)
        ),
        "schemes": [
            {
                "name": part.scheme.name,
                "role": part.role,
                "state": part.state,
                "joined_at": _iso(part.joined_at),
                "left_at": _iso(part.left_at),
            }
            for part in parts
        ],
    }


def _iso(moment: Any) -> str | None:  # noqa: ANN401
    return moment.isoformat() if moment else None
