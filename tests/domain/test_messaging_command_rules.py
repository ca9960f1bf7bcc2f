"""What a whole message asks of the service: only the bare word stops anything (domain.md A24)."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.domain.messaging.rules import COMMANDS, Command, read_command
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("STOP", Command.STOP),
        ("  stop. ", Command.STOP),
        ("'Stop!'", Command.STOP),
        ("STOP 🙏", Command.STOP),
        ("Opt-out", Command.STOP),
        ("arrêt", Command.STOP),
        ("td", Command.STOP),
        ("END", Command.STOP),
        ("Stopiwch", Command.STOP),
        ("STOPIO", Command.STOP),
        ("Stop all", Command.STOP_ALL),
        ("STOPALL", Command.STOP_ALL),
        ("start", Command.START),
        ("Unstop", Command.START),
        ("help", Command.HELP),
        ("CYMORTH", Command.HELP),
        ("Who?", Command.WHO),
        ("who's this", Command.WHO),
        ("is this really the police?", Command.WHO),
    ],
)
def test_the_bare_word_is_a_command(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "stop texts please",
        "please stop",
        "stop it now thanks",
        "Stop it",
        "unsubscribe me",
        "stop stop stop",
        "Stop\n\nSent from my iPhone",
        "No more texts please",
        "take me off the list",
        "Remove me from your list.",
        "I do not want any more texts",
        "We moved to Wales last year, please stop texting us.",
        "can you stop these messages",
        "We sold the farm, please don't contact us.",
    ],
)
def test_what_seems_to_ask_us_to_stop_is_for_a_person(text: str) -> None:
    assert read_command(text) == Command.MAYBE_STOP


@pytest.mark.parametrize(
    "text",
    [
        "Stop them, white van heading for Holt!",
        "Stop them!!",
        "stop him",
        "Stop the van",
        "STOP THIEF",
        "Don't stop",
        "please don't stop these alerts",
        "cancel the alert, false alarm",
        "end of the lane, white van",
        "gone, they quit the field",
        "Stop. They went to Holt",
        "bus stop",
        "YES",
        "1",
        "help me",
        "Start of the track",
        "who is in the field with lamps",
        "",
        "🙏",
    ],
)
def test_answers_are_not_commands(text: str) -> None:
    assert read_command(text) == Command.NONE


def test_a_cry_for_help_is_not_a_question_about_the_service() -> None:
    assert read_command("HELP") == Command.HELP
    assert read_command("HELP!") == Command.NONE


def test_no_word_means_two_things() -> None:
    words = [word for group in COMMANDS.values() for word in group]

    assert len(words) == len(set(words))


@pytest.mark.county
def test_every_providers_stop_word_stops() -> None:
    lists = json.loads(shared_file("optout-keywords/keywords.json").read_text(encoding="utf-8"))
    stops = {word for provider in lists.values() for word in provider["opt_out"]}

    assert len(stops) >= 12
    assert {word for word in stops if read_command(word) not in {Command.STOP, Command.STOP_ALL}} == set()


@pytest.mark.county
def test_every_providers_start_and_help_word_is_obeyed_but_yes_which_is_an_answer() -> None:
    lists = json.loads(shared_file("optout-keywords/keywords.json").read_text(encoding="utf-8"))
    starts = {word for provider in lists.values() for word in provider["opt_in"]}
    helps = {word for provider in lists.values() for word in provider.get("help", ())}

    assert {word for word in starts if read_command(word) != Command.START} == {"YES"}
    assert {word for word in helps if read_command(word) != Command.HELP} == set()


@pytest.mark.county
def test_none_of_5574_real_texts_stops_by_accident() -> None:
    with gzip.open(shared_file("sms-corpus/uci_sms_spam_collection.tsv.gz"), "rt", encoding="utf-8") as file:
        texts = [line.rstrip("\n").split("\t", 1)[1] for line in file]

    read = [(text, read_command(text)) for text in texts]

    assert len(texts) == 5574
    assert [text for text, command in read if command in {Command.STOP, Command.STOP_ALL}] == []
    # Both truly ask somebody to stop writing to them.
    assert sum(command == Command.MAYBE_STOP for _, command in read) == 2


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert read_command(text) in Command


@given(st.sampled_from(sorted(COMMANDS[Command.STOP])), st.text(alphabet=" .,!'\"-\n", max_size=5))
def test_signs_and_capitals_around_a_stop_change_nothing(word: str, around: str) -> None:
    assert read_command(f"{around}{word.lower()}{around}") == Command.STOP
