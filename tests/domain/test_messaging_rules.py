"""The pure rules of messaging: the service's own words and references in a text."""

import pytest

from hueandcry.domain.members.rules.texting import TextReply
from hueandcry.domain.messaging.rules import (
    COMMAND_WORDS,
    CONTROL_WORDS,
    JOIN_WORDS,
    Command,
    ControlWords,
    control_words,
    refs_in,
)
from hueandcry.kit import gsm7


@pytest.mark.parametrize("which", list(ControlWords))
def test_what_the_service_says_by_itself_is_one_text_with_the_longest_signature(which: ControlWords) -> None:
    longest = {"place": "W" * 12, "until": "Wednesday 30 September"}
    said = control_words(which, signs="W" * 30, about="alert:K7M2PQ", **longest)

    counted = gsm7.count(said.text)
    assert (counted.encoding, counted.parts) == ("GSM-7", 1)
    assert said.text == said.spoken == said.email


@pytest.mark.parametrize("which", [ControlWords.THANKS, ControlWords.MAYBE_STOP, ControlWords.HELP, ControlWords.WHO])
def test_whoever_may_be_in_danger_reads_999(which: ControlWords) -> None:
    assert "999" in CONTROL_WORDS[which]


@pytest.mark.parametrize("which", list(ControlWords))
def test_nothing_promises_that_somebody_comes_or_asks_to_follow(which: ControlWords) -> None:
    words = CONTROL_WORDS[which].lower()

    assert not any(word in words for word in ("officer", "on our way", "will come to", "patrol", "follow", "box in"))


def test_every_command_has_its_words() -> None:
    assert set(COMMAND_WORDS) == set(Command)
    told_otherwise = {
        ControlWords.NOT_SIGNED_UP,
        ControlWords.STOP_ONE,
        ControlWords.STOP_SCHEME,
        ControlWords.WELCOME,
        ControlWords.WELCOME_YES,
        ControlWords.ASK_AGAIN,
        ControlWords.ASK_MAIL,
        ControlWords.MAIL_OK,
        ControlWords.MAIL_WRONG,
    }
    assert {*COMMAND_WORDS.values(), *JOIN_WORDS.values()} | told_otherwise == set(ControlWords)


def test_every_step_of_joining_has_its_words() -> None:
    assert set(JOIN_WORDS) == set(TextReply)


def test_the_reference_is_named_only_when_there_is_one() -> None:
    assert "ref K7M2PQ" in control_words(ControlWords.THANKS, signs="Police", about="alert:K7M2PQ").text
    assert "ref" not in control_words(ControlWords.THANKS, signs="Police").text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("about K7M2PQ, gone", ("K7M2PQ",)),
        ("k7m2pq", ("K7M2PQ",)),
        ("K7M2PQ K7M2PQ 23456X", ("K7M2PQ", "23456X")),
        ("AK7M2PQ", ()),  # seven signs are none of ours
        ("K7M2PQ9", ()),
        ("BADGER", ()),  # vowels are none of ours
        ("", ()),
    ],
)
def test_references_are_found_in_a_text(text: str, found: tuple[str, ...]) -> None:
    assert refs_in(text) == found
