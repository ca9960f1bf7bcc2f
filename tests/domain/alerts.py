"""What the tests of alerts share: a good alert, who is meant, and the way out."""

import datetime as dt
from typing import Any

from django.db import connection

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import answering
from hueandcry.domain.alerts.actions.templates import save_template
from hueandcry.domain.alerts.models import Alert, Template
from hueandcry.domain.alerts.rules import Urgency, Words
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.models import Consent, ContactPoint, Member, MemberPlace, Membership
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    AudienceQuestion,
    Channel,
    ConsentHow,
    Purpose,
    SchemeKind,
    Tier,
)
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast

WORDS = Words(
    headline="Hare coursing near Holt",
    what="Grey pick-up, three men with dogs",
    where="Mill Lane, Holt",
    ask="Have you seen it?",
)


def fields(**changes: Any) -> dict[str, Any]:
    """Return what `draft` and `revise` take."""
    now = clock.now()
    return {
        "topic": builders.topic(),
        "words": WORDS,
        "level": Tier.VETTED,
        "urgency": Urgency.NOW,
        "occurred_at": now - dt.timedelta(minutes=10),
        "expires_at": now + dt.timedelta(hours=6),
        "point": builders.MIDDLE,
        "uncertainty_m": 100.0,
        **changes,
    }


def question(**changes: Any) -> AudienceQuestion:
    """Return Farm Watch members within 10 km of the middle."""
    given: dict[str, Any] = {
        "organisation_id": builders.force().pk,
        "circles": (Circle(*builders.MIDDLE, 10_000.0),),
        "scheme_kinds": (SchemeKind.FARM,),
        "lowest_tier": Tier.VETTED,
        **changes,
    }
    return AudienceQuestion(**given)


def farmer(**changes: Any) -> Member:
    """Return a vetted member of Farm Watch in the middle."""
    return builders.member(schemes=(builders.scheme(),), **changes)


def many_farmers(count: int) -> None:
    """Make so many vetted members of Farm Watch in the middle, in a few statements."""
    now, force, scheme = clock.now(), builders.force(), builders.scheme()
    made = Member.objects.bulk_create(
        # Random references would meet one another in so many (one chance in thirty at 5,000).
        Member(ref=f"M{number:06d}", name="Many", tier=Tier.VETTED, joined_at=now)
        for number in range(count)
    )
    MemberPlace.objects.bulk_create(MemberPlace(member=member, point=builders.MIDDLE) for member in made)
    Membership.objects.bulk_create(Membership(member=member, scheme=scheme, joined_at=now) for member in made)
    ContactPoint.objects.bulk_create(
        ContactPoint(member=member, channel=Channel.EMAIL, address=f"many{member.pk}@example.org", confirmed_at=now)
        for member in made
    )
    Consent.objects.bulk_create(
        Consent(
            member=member,
            organisation=force,
            purpose=Purpose.ALERT,
            channel=Channel.EMAIL,
            wording=CONSENT_VERSION,
            how=ConsentHow.SPOKEN,
            taken_by="officer:TEST22",
            given_at=now,
        )
        for member in made
    )
    # As the server does by itself a minute after a load: without it, it plans for empty tables.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def drafted(author: Officer | None = None, *, asked: AudienceQuestion | None = None, **changes: Any) -> Alert:
    """Return a draft with an audience."""
    author = author or cast.amos()
    builders.rota()
    suspect = changes.pop("suspect", Suspect.NO)
    alert = actions.draft(officer=author, **fields(**changes))
    if suspect != Suspect.UNASKED:
        answering.answer_suspect(alert_ref=alert.ref, officer=author, answer=suspect)
    actions.choose_audience(alert_ref=alert.ref, officer=author, question=asked or question())
    return Alert.objects.get(pk=alert.pk)


def waiting(author: Officer | None = None, **changes: Any) -> Alert:
    """Return an alert that waits for approval."""
    alert = drafted(author, **changes)
    return actions.submit(alert_ref=alert.ref, officer=alert.author)


def released(author: Officer | None = None, approver: Officer | None = None, **changes: Any) -> Alert:
    """Return an alert that is out and handed over."""
    alert = waiting(author, **changes)
    alert = actions.approve(alert_ref=alert.ref, officer=approver or cast.birch())
    hand_over(alert)
    return alert


def hand_over(*alerts: Alert) -> None:
    """Send what is queued about these alerts to the sandbox."""
    for ref in (
        Message.objects.filter(about__in=[f"alert:{alert.ref}" for alert in alerts])
        .order_by("id")
        .values_list("ref", flat=True)
    ):
        messaging.dispatch(message_ref=ref)


def meant(alert: Alert, kind: str = "alert") -> set[int | None]:
    """Return whom a message of this kind about an alert was written to."""
    rows = Delivery.objects.filter(message__about=f"alert:{alert.ref}", message__kind=kind)
    return set(rows.values_list("member_id", flat=True))


def own_template(key: str = "kelpish-boats", **changes: Any) -> Template:
    """Return a template of the force's own."""
    row = {
        "name": "Kelpish boats",
        "hint": "",
        "topic": builders.topic().slug,
        "level": "vetted",
        "urgency": "now",
        "minutes": 360,
        "questions": ["direction", "more"],
        "headline": "Boat stolen: {where}",
        "what": "boat taken, {direction}, {more}",
        "ask": "Seen it?",
        "radius_m": 5_000,
        **changes,
    }
    keeper = builders.officer(Role.ENGAGEMENT)
    return save_template(officer=keeper, key=key, **row)


def number(member: Member) -> str:
    """Return a member's mobile."""
    return member.contacts.get(channel="sms").address


def logged(event: str, alert: Alert) -> list[Record]:
    """Return the records of one event about an alert."""
    return list(Record.objects.filter(event=event, subject=f"alert:{alert.ref}").order_by("id"))
