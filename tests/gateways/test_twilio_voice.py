"""Calls by Twilio: what is said and in which voice, keys, machines, and whoever rings us."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from hueandcry.domain.alerts.rules import SAFETY_SPOKEN
from hueandcry.gateways import twilio
from hueandcry.gateways.contract import (
    Again,
    Fate,
    ForgedError,
    GatewayError,
    Heard,
    Outgoing,
    Told,
    UnreadableError,
)
from hueandcry.gateways.voice.twilio import KEYS, LONGEST, RANG_US, STATUSES, TIMES, TwilioVoice
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import LANGUAGES, say
from tests.gateways.peers import twilio as peer
from tests.gateways.peers.provider import Provider, Reply
from tests.gateways.sampled import Row, means, reply, rows

PHONE, CALL, REF = "+447700900101", f"CA{'1' * 32}", "K7M2PQ2345-7"
WORDS = f"This is Farm Watch & Co. A <grey> van was seen near Holt. {SAFETY_SPOKEN}"
SHORT = "This is Farm Watch. A van near Holt. In danger, call 9 9 9."
Far = tuple[peer.FarTwilio, Provider]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    with peer.far_twilio(settings) as there:
        yield there


@pytest.fixture
def gateway(far: Far) -> Iterator[TwilioVoice]:
    made = TwilioVoice()
    yield made
    made.close()


def message(**fields: Any) -> Outgoing:
    return Outgoing(**{"reference": REF, "address": PHONE, "body": WORDS, **fields})


def hear(gateway: TwilioVoice, what: str, said: Outgoing | None = None, query: str = "", **fields: str) -> Heard:
    """Tell the gateway something, as Twilio does; `said` is what was said under our reference."""
    address = f"{peer.SITE}/hooks/twilio-voice/{what}/?ref={REF}.ab12cd{query}"
    body, headers = peer.signed(address, {"CallSid": CALL, "From": peer.CALLER, "To": PHONE, **fields})
    return gateway.hears(Told(what, address, headers, body), {REF: said}.get)


def spoken(document: str) -> list[tuple[str, str, str]]:
    """Return what is said: tongue, voice, words."""
    tree = ET.fromstring(document)  # noqa: S314 - our own
    return [(one.attrib["language"], one.attrib["voice"], one.text or "") for one in tree.iter("Say")]


def words(document: str) -> str:
    return " ".join(text for _, _, text in spoken(document))


# ---------------------------------------------------------------- calls


def test_a_call_says_every_word_and_waits_for_a_key(far: Far, gateway: TwilioVoice) -> None:
    (said,) = gateway.send([message()])

    (asked,) = far[0].taken
    assert (asked["To"], asked["From"]) == (PHONE, peer.CALLER)
    assert spoken(asked["Twiml"]) == [("en-GB", "Polly.Amy", WORDS), ("en-GB", "Polly.Amy", KEYS)]
    gather = ET.fromstring(asked["Twiml"]).find("Gather")  # noqa: S314 - our own
    assert gather is not None
    ref = said.provider_ref
    assert gather.attrib["action"] == f"{peer.SITE}/hooks/twilio-voice/keys/?ref={ref}&time=1"
    assert gather.attrib["numDigits"] == "1"
    assert asked["StatusCallback"] == f"{peer.SITE}/hooks/twilio-voice/status/?ref={ref}"
    assert (said.fate, ref.partition(".")[0]) == (Fate.ACCEPTED, REF)
    assert "MachineDetection" not in asked


def test_the_safety_line_is_in_what_is_said(far: Far, gateway: TwilioVoice) -> None:
    list(gateway.send([message()]))

    assert "call 9 9 9" in words(far[0].taken[0]["Twiml"])


@pytest.mark.parametrize(
    ("language", "tongue", "voice"),
    [
        ("en", "en-GB", "Polly.Amy"),
        ("cy", "cy-GB", "Polly.Gwyneth"),
        ("pl", "pl-PL", "Polly.Ewa"),
        ("xx", "en-GB", "Polly.Amy"),
    ],
)
def test_each_language_is_read_by_a_voice_of_its_own(
    far: Far, gateway: TwilioVoice, language: str, tongue: str, voice: str
) -> None:
    list(gateway.send([message(language=language)]))

    said = spoken(far[0].taken[0]["Twiml"])
    assert {(one[0], one[1]) for one in said} == {(tongue, voice)}
    assert said[1][2] == say(KEYS, language)


def test_two_calls_for_one_message_are_told_apart(gateway: TwilioVoice) -> None:
    first, second = (next(gateway.send([message()])).provider_ref for _ in range(2))

    assert first != second


def test_words_of_a_call_that_has_keys_of_its_own_are_not_added_to(far: Far, gateway: TwilioVoice) -> None:
    list(gateway.send([message(own_keys=True)]))

    assert words(far[0].taken[0]["Twiml"]) == WORDS


def test_signs_that_nobody_can_read_out_are_left_out(far: Far, gateway: TwilioVoice) -> None:
    list(gateway.send([message(body="A van\x0b\x00 near\nHolt ]]> </Say><Hangup/>")]))

    assert spoken(far[0].taken[0]["Twiml"])[0][2] == "A van   near Holt ]]> </Say><Hangup/>"


def test_a_long_message_gives_way_to_its_short_form(far: Far, gateway: TwilioVoice) -> None:
    long = "A van & a car. " * 300

    (short,) = gateway.send([message(body=long, short=SHORT)])
    (none,) = gateway.send([message(body=long)])

    (asked,) = far[0].taken
    assert (short.fate, none.fate, none.try_again) == (Fate.ACCEPTED, Fate.FAILED, False)
    assert SHORT in words(asked["Twiml"])
    assert len(asked["Twiml"]) <= LONGEST
    assert none.detail == "The words are too long for a call."


def test_it_keeps_nothing_out_that_comes_twice() -> None:
    assert TwilioVoice.again == Again.NEVER


@pytest.mark.parametrize(
    ("name", "sentence"), [("TWILIO_CALLER", "Set TWILIO_CALLER"), ("TWILIO_TOKEN", "Set TWILIO_TOKEN")]
)
def test_wrong_settings_are_said_and_nobody_is_rung(far: Far, settings: Any, name: str, sentence: str) -> None:
    setattr(settings, name, "")

    with pytest.raises(GatewayError, match=sentence):
        list(TwilioVoice().send([message()]))
    assert far[0].taken == []


# ---------------------------------------------------------------- what becomes of it


@pytest.mark.parametrize("row", rows("twilio", "call_receipts"), ids=lambda row: row["name"])
def test_its_words_become_ours(gateway: TwilioVoice, row: Row) -> None:
    heard = hear(gateway, "status", None, "", **row["told"])

    (receipt,) = heard.receipts
    assert (receipt.gateway, receipt.provider_ref, receipt.fate) == ("twilio-voice", f"{REF}.ab12cd", row["fate"])
    # Who was not there, or was speaking, may be rung once more.
    assert heard.unanswered == ((f"{REF}.ab12cd",) if row["once_more"] else ())


def test_no_word_stands_in_the_table_of_calls_without_a_sample() -> None:
    assert {*STATUSES} <= {row["told"]["CallStatus"] for row in rows("twilio", "call_receipts")}


@pytest.mark.parametrize("row", rows("twilio", "answers"), ids=lambda row: row["name"])
def test_an_answer_means_what_twilio_says_of_it(far: Far, gateway: TwilioVoice, row: Row) -> None:
    far[0].says[PHONE] = reply(row)

    (said,) = gateway.send([message()])

    far[0].faults.clear()  # the samples hold what is read of an answer, the document wants all of it
    assert means(said, row)


@pytest.mark.parametrize("row", [row for row in rows("twilio", "incoming") if row["what"] != "text"],
    ids=lambda row: row["name"])  # fmt: skip
def test_what_somebody_wants_by_telephone_comes_to_us(gateway: TwilioVoice, row: Row) -> None:
    (came,) = hear(gateway, row["what"], message(), **row["told"]).incoming

    assert (came.gateway, came.channel, came.sender, came.body) == (
        *("twilio-voice", "voice", row["sender"], row["words"]),
    )


# ---------------------------------------------------------------- keys


def test_one_says_it_again_and_counts(gateway: TwilioVoice) -> None:
    heard = hear(gateway, "keys", message(), "&time=1", Digits="1")

    assert words(heard.body) == f"{WORDS} {KEYS}"
    assert "&amp;time=2" in heard.body
    assert heard.incoming == ()


def test_it_is_not_said_for_ever(gateway: TwilioVoice) -> None:
    heard = hear(gateway, "keys", message(), f"&time={TIMES}", Digits="1")

    assert words(heard.body) == "Goodbye."
    assert "<Gather" not in heard.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["2", "9"])
def test_two_and_nine_come_to_us_as_keys_of_the_one_who_was_rung(gateway: TwilioVoice, key: str, language: str) -> None:
    heard = hear(gateway, "keys", message(language=language), Digits=key)

    (came,) = heard.incoming
    assert (came.channel, came.sender, came.body, came.provider_ref) == ("voice", PHONE, key, f"{CALL}-{key}")
    assert "9 9 9" in words(heard.body)
    assert "<Hangup/>" in heard.body


@pytest.mark.parametrize("key", ["3", "#", "", "0", "12"])
def test_another_key_does_nothing_and_it_is_said_again(gateway: TwilioVoice, key: str) -> None:
    heard = hear(gateway, "keys", message(), Digits=key)

    assert words(heard.body).startswith("That key does nothing here. This is Farm Watch")
    assert heard.incoming == ()


@pytest.mark.parametrize(("key", "comes"), [("2", True), ("9", True), ("1", False), ("5", False)])
def test_when_the_message_is_over_somebody_can_still_stop_and_still_ask_to_be_rung(
    gateway: TwilioVoice, key: str, *, comes: bool
) -> None:
    heard = hear(gateway, "keys", None, Digits=key)

    assert [one.sender for one in heard.incoming] == [PHONE] * comes
    assert comes or words(heard.body) == "This message is over. Goodbye."


@pytest.mark.parametrize(("key", "comes"), [("1", True), ("9", True), ("2", False)])
def test_words_with_keys_of_their_own_have_one_and_nine(gateway: TwilioVoice, key: str, *, comes: bool) -> None:
    heard = hear(gateway, "keys", message(own_keys=True), Digits=key)

    assert [one.body for one in heard.incoming] == [key] * comes


# ---------------------------------------------------------------- machines


def test_a_short_form_has_it_listened_for_machines_beside_the_call(far: Far, gateway: TwilioVoice) -> None:
    (said,) = gateway.send([message(short=SHORT)])

    asked = far[0].taken[0]
    assert (asked["MachineDetection"], asked["AsyncAmd"]) == ("DetectMessageEnd", "true")
    assert asked["AsyncAmdStatusCallback"].endswith(f"/hooks/twilio-voice/machine/?ref={said.provider_ref}")


@pytest.mark.parametrize("row", rows("twilio", "machines"), ids=lambda row: row["name"])
def test_a_machine_is_told_apart_from_somebody(gateway: TwilioVoice, row: Row) -> None:
    assert hear(gateway, "machine", **row["told"]).machines == (((REF, CALL),) if row["machine"] else ())


def test_nobody_is_a_machine_unless_it_is_said(gateway: TwilioVoice) -> None:
    assert hear(gateway, "machine", AnsweredBy="").machines == ()


def test_a_machine_hears_the_short_form_and_no_keys(far: Far, gateway: TwilioVoice) -> None:
    gateway.interrupt(message(short=SHORT, language="cy"), CALL)

    assert far[1].asked[0].path == f"{peer.ROOT}/Calls/{CALL}.json"
    assert spoken(far[0].taken[0]["Twiml"]) == [("cy-GB", "Polly.Gwyneth", SHORT)]


@pytest.mark.parametrize("call", ["", "CA1", f"{CALL}/../../x", "../Messages"])
def test_only_a_call_is_interrupted(far: Far, gateway: TwilioVoice, call: str) -> None:
    with pytest.raises(GatewayError):
        gateway.interrupt(message(short=SHORT), call)

    assert far[1].asked == []


def test_a_call_that_is_over_cannot_be_interrupted(far: Far, gateway: TwilioVoice) -> None:
    far[0].says[""] = Reply(400, {"code": 21220, "status": 400})

    with pytest.raises(GatewayError, match="400"):
        gateway.interrupt(message(short=SHORT), CALL)


# ---------------------------------------------------------------- whoever rings us


@pytest.mark.parametrize("who", [PHONE, "+266696687", "anonymous", ""])
def test_whoever_rings_us_hears_the_same_and_is_noted_as_a_missed_call(gateway: TwilioVoice, who: str) -> None:
    heard = hear(gateway, "call", message(), From=who, To="+441632960100", CallStatus="ringing")

    (came,) = heard.incoming
    assert (came.channel, came.sender, came.body, came.provider_ref) == ("voice", who, "", CALL)
    assert words(heard.body) == RANG_US
    assert "9 9 9" in RANG_US


# ---------------------------------------------------------------- doors


def test_another_s_signature_presses_no_key(gateway: TwilioVoice) -> None:
    address = f"{peer.SITE}/hooks/twilio-voice/keys/?ref={REF}"
    body, headers = peer.signed(address, {"CallSid": CALL, "To": PHONE, "Digits": "9"}, token="another")

    with pytest.raises(ForgedError):
        gateway.hears(Told("keys", address, headers, body), lambda _: None)


def test_what_names_no_call_cannot_be_read(gateway: TwilioVoice) -> None:
    with pytest.raises(UnreadableError):
        hear(gateway, "keys", CallSid="x", Digits="9")


def test_nothing_else_is_told_here(gateway: TwilioVoice) -> None:
    with pytest.raises(NotHereError):
        hear(gateway, "text", Body="STOP")


def test_calls_bring_nothing_by_themselves(gateway: TwilioVoice) -> None:
    assert gateway.collect() == ((), ())
    assert gateway.check() == ""
    assert twilio.check(twilio.account_as_set(), gateway._pump) == ""
    assert list(gateway.send([])) == []
