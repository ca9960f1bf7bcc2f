"""What is asked again when a row is claimed: those who changed something since, and exactly what was ever asked."""

import datetime as dt
from collections.abc import Callable
from random import Random

import pytest
from django.db import connection

from hueandcry.domain.members import actions as members
from hueandcry.domain.members import queries as audiences
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Suppression
from hueandcry.domain.members.rules import AudienceQuestion, Channel, MemberState
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, alert_to

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)
PHONES = [f"+4477009001{number:02}" for number in range(30)]

# Every row asked about everything, one by one, as it was before only changes were asked about.
ONE_BY_ONE = """
    SELECT row.id, CASE
        WHEN message.cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN EXISTS (
            SELECT 1 FROM members_suppression AS stop WHERE stop.channel = row.channel
                AND stop.address_hash = sha256(convert_to(row.channel || ':' || row.address, 'UTF8'))
        ) OR (row.member_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM members_consent AS agreed
            WHERE agreed.member_id = row.member_id AND agreed.organisation_id = message.organisation_id
                AND agreed.channel = row.channel AND agreed.withdrawn_at IS NULL AND agreed.purpose = 'alert'
                AND agreed.scheme_id IS NOT DISTINCT FROM message.scheme_id
        ) AND NOT EXISTS (
            SELECT 1 FROM members_contactpoint AS contact
            JOIN members_consent AS agreed ON agreed.member_id = contact.member_id
            WHERE contact.address = row.address AND contact.channel = row.channel
                AND contact.member_id <> row.member_id AND contact.confirmed_at IS NOT NULL
                AND contact.suspended_at IS NULL AND agreed.organisation_id = message.organisation_id
                AND agreed.channel = row.channel AND agreed.withdrawn_at IS NULL AND agreed.purpose = 'alert'
                AND agreed.scheme_id IS NOT DISTINCT FROM message.scheme_id
        )) THEN 'stopped'
        WHEN EXISTS (
            SELECT 1 FROM members_contactpoint AS contact
            WHERE contact.member_id = row.member_id AND contact.channel = row.channel
                AND contact.address = row.address AND contact.suspended_at IS NOT NULL
        ) THEN 'bounced'
        WHEN pause.until >= COALESCE(message.expires_at, message.queued_at + interval '72 hours') THEN 'expired'
        WHEN pause.until IS NOT NULL THEN 'queued'
        ELSE 'leased'
    END
    FROM messaging_delivery AS row JOIN messaging_message AS message ON message.id = row.message_id
    LEFT JOIN LATERAL (
        SELECT COALESCE(member.paused_until, 'infinity') AS until FROM members_member AS member
        WHERE member.id = row.member_id AND message.kind = 'alert' AND (
            member.paused_until > clock_timestamp() OR (member.state = 'paused' AND member.paused_until IS NULL)
        )
    ) AS pause ON true
    WHERE row.message_id = %s
"""


def everybody() -> audiences.Meant:
    """Return everybody round the middle, asked for now."""
    middle = Circle(builders.MIDDLE.lon, builders.MIDDLE.lat, 5_000)
    question = AudienceQuestion(organisation_id=builders.force().pk, circles=(middle,))
    return audiences.meant_by(question=question)


def one_by_one(message: Message) -> dict[int, str]:
    """Return what becomes of each row when everything is asked about it."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_BY_ONE, [message.pk])
        return dict(cursor.fetchall())


def claimed(message: Message) -> dict[int, str]:
    """Claim all rows of a message; return what became of each."""
    claims = Letter.open(message.ref).claims
    while claims.claim(gives_way=False).looked:
        pass
    return dict(message.deliveries.values_list("id", "state"))


def stops(member: Member, random: Random) -> None:
    contact = random.choice(list(member.contacts.all()))
    # As an import writes it: long ago, by another clock.
    Suppression.objects.get_or_create(
        channel=contact.channel,
        address_hash=address_hash(contact.channel, contact.address),
        defaults={"since": clock.now() - 400 * DAY, "everything": random.random() < 0.5},
    )


def withdraws(member: Member, random: Random) -> None:
    agreed = Consent.objects.filter(member=member, withdrawn_at=None)
    if random.random() < 0.5:
        agreed = agreed.filter(purpose=random.choice(["alert", "advice"]))
    agreed.update(withdrawn_at=clock.now() - 30 * DAY, withdrawn_by="import:old")


def agrees_no_longer_at_all(member: Member, _: Random) -> None:
    Consent.objects.filter(member=member).delete()


def pauses(member: Member, random: Random) -> None:
    until = random.choice([None, clock.now() + DAY, clock.now() + 40 * DAY, clock.now() - DAY])
    Member.objects.filter(pk=member.pk).update(
        state=MemberState.PAUSED if until is None else random.choice([MemberState.PAUSED, MemberState.ACTIVE]),
        paused_until=until,
    )


def comes_back(member: Member, random: Random) -> None:
    contact = random.choice(list(member.contacts.all()))
    ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=clock.now() - 90 * DAY)


def is_joined_to_another(member: Member, random: Random) -> None:
    other = random.choice(list(Member.objects.exclude(pk=member.pk)))
    Consent.objects.filter(member=member, withdrawn_at=None).exclude(
        purpose__in=Consent.objects.filter(member=other, withdrawn_at=None).values("purpose")
    ).update(member=other)


def has_another_number(member: Member, random: Random) -> None:
    ContactPoint.objects.create(
        member=member, channel=Channel.SMS, address=f"+4477009002{random.randrange(90):02}", rank=9,
        confirmed_at=clock.now(), suspended_at=clock.now() if random.random() < 0.5 else None,
    )  # fmt: skip


def nothing(_: Member, __: Random) -> None:
    pass


HAPPENS: list[Callable[[Member, Random], None]] = [
    stops, withdraws, agrees_no_longer_at_all, pauses, comes_back, is_joined_to_another, has_another_number,
    nothing, nothing, nothing,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_before_and_after_the_answer_is_that_of_asking_one_by_one(seed: int) -> None:
    random = Random(seed)
    # Some share a telephone.
    some = [builders.member(mobile=random.choice(PHONES), email=f"m{n}@example.org") for n in range(14)]
    for member in random.sample(some, 5):
        random.choice(HAPPENS)(member, random)
    message = alert_to(member_ids=everybody())
    for member in random.sample(some, 8):
        random.choice(HAPPENS)(member, random)
    expected = one_by_one(message)

    assert claimed(message) == expected
    assert message.asked_from is not None


@pytest.mark.parametrize("seed", range(2))
def test_a_stand_down_asks_since_the_alert_was_written(seed: int) -> None:
    random = Random(seed)
    some = [builders.member(mobile=phone, email=f"m{phone[-3:]}@example.org") for phone in PHONES[:8]]
    alert = alert_to(member_ids=everybody())
    actions.dispatch(message_ref=alert.ref)
    for member in random.sample(some, 3):
        random.choice(HAPPENS)(member, random)
    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")
    for member in random.sample(some, 3):
        random.choice(HAPPENS)(member, random)
    expected = one_by_one(stand_down)

    assert claimed(stand_down) == expected
    assert stand_down.asked_from == alert.asked_from


def test_who_was_withdrawing_while_the_audience_was_asked_for_is_not_sent_to() -> None:
    goes, stays = (builders.member(mobile=phone) for phone in PHONES[:2])
    elsewhere = connection.copy()
    try:
        elsewhere.set_autocommit(False)
        with elsewhere.cursor() as cursor:
            cursor.execute(
                "UPDATE members_consent SET withdrawn_at = now() - interval '1 year' WHERE member_id = %s", [goes.pk]
            )
        builders.member(mobile=PHONES[2])  # noise: transactions that begin later and end earlier
        message = alert_to(member_ids=everybody())
        elsewhere.commit()
    finally:
        elsewhere.close()

    claimed(message)

    assert {row.member_id: row.state for row in message.deliveries.all()}[goes.pk] == "stopped"
    assert message.deliveries.get(member=stays).state == "leased"


def test_nobody_else_is_asked_again() -> None:
    member = builders.member(mobile=PHONES[0])
    message = alert_to(member_ids=everybody())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_consent DISABLE TRIGGER messaging_heeds_consent_update")
        try:
            Consent.objects.filter(member=member).update(withdrawn_at=clock.now())
        finally:
            cursor.execute("ALTER TABLE members_consent ENABLE TRIGGER messaging_heeds_consent_update")

    assert list(claimed(message).values()) == ["leased"]


@pytest.mark.parametrize("how", ["another database", "long ago", "another rung"])
def test_what_cannot_be_relied_on_is_asked_anew(how: str) -> None:
    member = builders.member(mobile=PHONES[0])
    message = alert_to(member_ids=everybody(), expires_at=clock.now() + 9 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_consent DISABLE TRIGGER messaging_heeds_consent_update")
        try:
            members.withdraw(member_id=member.pk, channel=Channel.SMS, actor="officer:TEST22")
        finally:
            cursor.execute("ALTER TABLE members_consent ENABLE TRIGGER messaging_heeds_consent_update")
    if how == "another database":  # a dump was brought back: its numbers of transactions mean nothing here
        Message.objects.update(asked_from=2**60)
    elif how == "long ago":
        Message.objects.update(queued_at=clock.now() - 3 * DAY)
    else:  # another channel than the one that was asked about
        Delivery.objects.update(rung=1)

    assert list(claimed(message).values()) == ["stopped"]


def test_those_who_were_named_and_not_asked_for_are_asked_one_by_one() -> None:
    named = alert_to(builders.member(mobile=PHONES[0]))

    assert named.asked_from is None
