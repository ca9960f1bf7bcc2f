"""What the service says by itself, in the language of the member to whom it goes."""

import datetime as dt

import pytest

from hueandcry.domain.alerts import rules as alerts
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Purpose, Tier
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import greeting
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries import received_by
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.messaging.rules.digests import digest_words
from hueandcry.domain.messaging.rules.lines import Words, in_every_language
from hueandcry.kit import clock
from hueandcry.kit.words import speaking
from tests import builders
from tests.domain.messaging import by_phone, incoming

pytestmark = pytest.mark.django_db
POLE, WELSH, ENGLISH, STRANGER = "+447700900701", "+447700900702", "+447700900703", "+447700900704"


def speaks(language: str, number: str) -> Member:
    member = builders.member(mobile=number, name=f"Speaks {language}")
    member.language = language
    member.save(update_fields=["language"])
    return member


def text(body: str, number: str) -> str:
    """Send a text; return what came back."""
    actions.receive(incoming=incoming(number, body))
    for ref in Message.objects.filter(kind="control").order_by("id").values_list("ref", flat=True):
        actions.dispatch(message_ref=ref)
    return by_phone(number)[-1]


def test_a_stop_is_confirmed_in_the_members_language() -> None:
    for language, number in (("pl", POLE), ("cy", WELSH), ("en", ENGLISH)):
        speaks(language, number)

    polish, welsh, english = text("STOP", POLE), text("STOP", WELSH), text("STOP", ENGLISH)

    assert "nie bedzie tu juz ostrzezen" in polish
    assert "dim mwy o rybuddion yma" in welsh
    assert "no more alerts will come here" in english


@pytest.mark.parametrize(
    ("body", "words"), [("POMOC", "na ostrzezenia"), ("CYMORTH", "atebwch rybuddion"), ("HELP", "answer alerts")]
)
def test_a_stranger_is_answered_in_the_language_of_their_word(body: str, words: str) -> None:
    assert words in text(body, STRANGER)


def test_quiet_is_said_with_the_day_as_poles_say_it() -> None:
    speaks("pl", POLE)

    assert "cisza do: " in text("MUTE 7", POLE)


def test_a_welcome_at_the_door_speaks_polish() -> None:
    member = speaks("pl", POLE)

    greeting.welcome(member_ref=member.ref)

    assert Message.objects.get(kind="welcome").text.startswith("Doggerland Police: witamy.")


def an_alert() -> Words:
    return alerts.compose(
        alerts.Words("Trailer stolen", "Trailer stolen", "Holt", "Seen it?"),
        ref="K7M2PQ",
        signs_as="Rural Watch",
        level=Tier.MEMBER,
        invites_answers=True,
        expires_at=dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC),
    )


def test_the_frame_of_an_alert_follows_the_member_and_its_words_stay() -> None:
    members = [speaks("pl", POLE), speaks("cy", WELSH), speaks("en", ENGLISH)]

    message = actions.queue(
        kind=MessageKind.ALERT,
        about="alert:K7M2PQ",
        organisation_id=builders.force().pk,
        words=an_alert(),
        member_ids=[member.pk for member in members],
        expires_at=clock.now() + dt.timedelta(days=1),
        invites_answers=True,
        purpose=Purpose.ALERT,
        actor="officer:TEST22",
    )
    actions.dispatch(message_ref=message.ref)

    polish, welsh, english = (by_phone(number)[-1] for number in (POLE, WELSH, ENGLISH))
    assert all("Trailer stolen, Holt. Seen it?" in said for said in (polish, welsh, english))
    assert polish.endswith("Nie podchodzic. Teraz, groznie: 999. Odpowiedz na ten SMS.")
    assert welsh.endswith("Cadwch draw. Nawr neu berygl: 999. Atebwch y neges hon.")
    assert english.endswith("Do not approach. Now or danger: 999. Reply to this text.")
    assert [line.text for line in received_by(member_id=members[0].pk)] == [polish]


def test_a_digest_carries_each_part_in_the_members_language() -> None:
    parts = [an_alert(), an_alert()]

    said = in_every_language(lambda: digest_words(parts, signs="Rural Watch"))

    assert "2 messages that could wait" in said.text
    assert "wiadomosci, ktore mogly poczekac: 2" in said.also["pl"].text
    assert "2 neges a allai aros" in said.also["cy"].text


def test_without_a_language_of_their_own_nothing_is_kept_twice() -> None:
    said = in_every_language(lambda: Words("Hello", "Hello", "Hello", "Hello"))

    assert said.also == {}


def test_an_unknown_language_is_english() -> None:
    with speaking("xx"):
        assert an_alert().text.endswith("Reply to this text.")


def test_every_word_to_stop_counts_in_three_languages() -> None:
    for number, word in ((POLE, "REZYGNUJĘ"), (WELSH, "Stopiwch."), (ENGLISH, "stop")):
        member = builders.member(mobile=number)

        text(word, number)

        assert not member.consents.filter(channel=Channel.SMS, withdrawn_at=None).exists()
