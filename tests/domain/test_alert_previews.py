"""What is previewed is what is sent: byte for byte, on each channel, in each language, on the page and on paper."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import previewing
from hueandcry.domain.alerts.queries.previewing import PAGE, Frame
from hueandcry.domain.alerts.queries.schemes import sheet_of
from hueandcry.domain.alerts.rules import Facts, Words
from hueandcry.domain.alerts.rules.canaries import OurLines
from hueandcry.domain.alerts.rules.wording import NO_REF
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Language, Tier
from hueandcry.domain.messaging.queries.voices import after_the_words
from hueandcry.gateways.models import SandboxMessage
from hueandcry.gateways.registry import routes_for
from hueandcry.gateways.voice.twilio import KEYS
from hueandcry.kit.words import LANGUAGES, say
from tests import cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db

LONG = Words(
    headline="Hare coursing near Holt",
    what="Grey pick-up with a rack on its roof, three men with long dogs, driving over winter wheat and gone north",
    where="Between T\u0177 Gwyn and Mill Lane \u2013 Holt",
    ask="Have you seen it, or heard it?",
)


def speaker(language: Language, **ways: Any) -> Member:
    made = alerts.farmer(name=f"Speaks {language}", **ways)
    Member.objects.filter(pk=made.pk).update(language=language)
    return made


def everybody() -> list[tuple[Language, Member]]:
    """Return somebody for each language and each way: by text, by call, by e-mail."""
    found = []
    for number, language in enumerate(Language):
        found += [
            (language, speaker(language)),
            (language, speaker(language, mobile=None, landline=f"+44207946010{number}")),
            (language, speaker(language, mobile=None, email=f"m{number}@example.org")),
        ]
    return found


def said(frame: Frame, got: SandboxMessage, member: Member) -> bool:
    """Say whether somebody got exactly what the frame of their language shows."""
    page = f"{queries_page(got)}/my/{member.page_token}/" if "@" in got.address else ""
    if "@" in got.address:
        return (got.subject, got.body) == (frame.subject, frame.email.replace(PAGE, page))
    return got.body == (frame.spoken if got.address.startswith("+4420") else frame.text)


def queries_page(got: SandboxMessage) -> str:
    """Return where the site is, as the e-mail itself says it."""
    return got.body.partition("/my/")[0].rpartition(" ")[2]


@pytest.mark.parametrize("level", [Tier.VETTED, Tier.MEMBER])
@pytest.mark.parametrize("words", [alerts.WORDS, LONG], ids=["short", "long"])
@pytest.mark.parametrize("is_plain", [False, True], ids=["as written", "plain"])
def test_everybody_gets_exactly_what_was_previewed(level: Tier, words: Words, is_plain: bool) -> None:  # noqa: FBT001
    meant = everybody()
    alert = alerts.waiting(cast.amos(), words=words, level=level, is_plain=is_plain)
    frames = {frame.language: frame for frame in previewing.looks_of(alert=alert).frames}

    actions.approve(alert_ref=alert.ref, officer=cast.birch())
    alerts.hand_over(alert)

    wrong = []
    for language, member in meant:
        (got,) = SandboxMessage.objects.filter(address__in=member.contacts.values("address"))
        wrong += [] if said(frames[language], got, member) else [(language, got.address)]
    assert wrong == []
    assert SandboxMessage.objects.count() == len(meant)


def test_what_is_seen_while_it_is_written_is_the_same_but_for_the_reference() -> None:
    alert = alerts.drafted(cast.amos(), words=LONG)
    kept = queries.facts_of(alert=alert)
    unkept = replace(kept, ref=Facts.ref)

    before, after = previewing.looks(facts=unkept, topic="x"), previewing.looks_of(alert=alert)

    for one, other in zip(before.frames, after.frames, strict=True):
        assert one.text.replace(Facts.ref, alert.ref) == other.text
        assert one.email.replace(Facts.ref, alert.ref) == other.email
        assert one.subject.replace(Facts.ref, alert.ref) == other.subject
    assert before.page.ref == before.sheet.ref == NO_REF


def test_the_page_and_the_sheet_say_what_they_say_once_it_is_out() -> None:
    alerts.farmer()
    alert = alerts.waiting(cast.amos(), level=Tier.PUBLIC)
    before = previewing.looks_of(alert=alert)

    actions.approve(alert_ref=alert.ref, officer=cast.birch())

    out = Alert.objects.get(pk=alert.pk)
    page, sheet = queries.get_public(ref=alert.ref), sheet_of(alert=out)
    moments = {"released_at", "at", "about", "message_ref", "message_refs"}
    for one, other in ((before.page, page), (before.sheet, sheet)):
        told = {name: value for name, value in asdict(one).items() if name not in moments}
        assert told == {name: value for name, value in asdict(other).items() if name not in moments}


def test_the_parts_are_shown_where_an_old_phone_breaks_them() -> None:
    alert = alerts.drafted(cast.amos(), words=replace(LONG, ask="Have you seen it? " * 12))

    english = previewing.looks_of(alert=alert).frames[0]

    assert len(english.texts) > 1
    assert all(len(part) <= 153 for part in english.texts)
    assert english.text == queries.preview(alert=alert).words.text


@pytest.fixture
def a_voice_that_hears_keys(settings: Any) -> Iterator[None]:
    settings.TWILIO_ACCOUNT, settings.TWILIO_TOKEN = f"AC{'0a' * 16}", "token"
    settings.TWILIO_CALLER = "+442079460100"
    settings.GATEWAYS = {**settings.GATEWAYS, "voice": "hueandcry.gateways.voice.twilio.TwilioVoice"}
    routes_for.cache_clear()
    yield
    routes_for.cache_clear()


def test_the_sandbox_hears_no_keys_and_none_are_shown() -> None:
    assert after_the_words(channel=Channel.VOICE, language="en") == ""


def test_keys_are_shown_as_the_provider_says_them(a_voice_that_hears_keys: None) -> None:
    for language in LANGUAGES:
        assert after_the_words(channel=Channel.VOICE, language=language) == say(KEYS, language)
        assert after_the_words(channel=Channel.SMS, language=language) == ""


def test_a_wording_of_its_own_is_previewed_in_its_own_words() -> None:
    alert = alerts.drafted(cast.amos())
    facts = replace(queries.facts_of(alert=alert), lines=OurLines(is_drill=True))

    frames = previewing.looks(facts=facts, topic="").frames

    assert frames[0].text.startswith("EXERCISE.")
