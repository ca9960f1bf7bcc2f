"""How well a wish to stop is read: measured on labelled texts of our own and on 5,574 real ones (domain.md A24)."""

import gzip
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from hueandcry.domain.members.rules.texting import read_wish
from hueandcry.domain.messaging.rules import Command, read_command
from tests.domain.opt_outs import (
    ASKS,
    BLIND_ASKS,
    BLIND_OTHERS,
    LAST_ASKS,
    LATER_ASKS,
    LATER_OTHERS,
    OTHERS,
    STOPS,
)
from tests.shared_data import shared_file

AT_ONCE = frozenset({Command.STOP, Command.STOP_ALL})
NOTICED = AT_ONCE | {Command.MAYBE_STOP}
# In all those real texts two people ask somebody to stop writing to them.
TRULY_ASK = 2


ROOT = Path(__file__).resolve().parents[2]
MISSED = {
    "later": ["we've sold up, no need for these any more"],
    "blind": [
        "Have you got a way for me to end this",
        "My mum has dementia, these upset her, please end them",
        "No more!",
    ],
    "last": [
        "Never wanted this, off please",
        "Stop pestering me",
        "No thank you I do not need them",
        "We've left the area so can you stop them coming",
        "Bin me off your list",
        "get rid of me from this",
        "I'm not a member any more",
    ],
}


class Measured(NamedTuple):
    """Of what was taken for a wish, how much was one; of the wishes, how many were taken for one; the misses."""

    precision: float
    recall: float
    missed: list[str]
    wrongly: list[str]


def measured(*, wishes: Iterable[str], others: Iterable[str], taken_as: frozenset[Command]) -> Measured:
    wishes = list(wishes)
    missed = [text for text in wishes if read_command(text) not in taken_as]
    wrongly = [text for text in others if read_command(text) in taken_as]
    taken = len(wishes) - len(missed)
    return Measured(taken / (taken + len(wrongly)), taken / len(wishes), missed, wrongly)


def corpus() -> list[str]:
    with gzip.open(shared_file("sms-corpus/uci_sms_spam_collection.tsv.gz"), "rt", encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t", 1)[1] for line in file]


def test_the_labelled_texts_are_enough_and_each_has_one_label() -> None:
    everything = [*STOPS, *ASKS, *OTHERS]

    assert len(everything) == len(set(everything)) >= 400


def test_every_bare_word_stops_and_nothing_else_does() -> None:
    found = measured(wishes=STOPS, others=[*ASKS, *OTHERS], taken_as=AT_ONCE)

    assert found == Measured(1.0, 1.0, [], [])


def test_a_wish_in_more_words_reaches_a_person_and_few_other_texts_are_taken_for_one() -> None:
    found = measured(wishes=[*STOPS, *ASKS], others=OTHERS, taken_as=NOTICED)

    sys.stdout.write(f"\nlabelled: precision {found.precision:.3f}, recall {found.recall:.3f}, {found[2:]}\n")
    assert found.wrongly == ["opt", "to the end"]
    assert found.missed == []


def test_of_texts_that_the_rules_were_not_made_for_none_stops_by_accident() -> None:
    assert measured(wishes=STOPS, others=[*LATER_ASKS, *LATER_OTHERS], taken_as=AT_ONCE).wrongly == []


def test_of_later_texts_most_wishes_reach_a_person_and_nothing_else_does() -> None:
    found = measured(wishes=LATER_ASKS, others=LATER_OTHERS, taken_as=NOTICED)

    sys.stdout.write(f"\nlater: precision {found.precision:.3f}, recall {found.recall:.3f}, {found[2:]}\n")
    assert found.wrongly == []
    # What is missed is an answer for people to read all the same: nobody is left unheard, only unmarked.
    assert found.missed == MISSED["later"]


@pytest.mark.parametrize(("name", "wishes"), [("blind", BLIND_ASKS), ("last", LAST_ASKS)])
def test_of_wishes_written_blind_those_that_are_missed_are_listed(name: str, wishes: tuple[str, ...]) -> None:
    found = measured(wishes=wishes, others=BLIND_OTHERS, taken_as=NOTICED)

    sys.stdout.write(f"\n{name}: precision {found.precision:.3f}, recall {found.recall:.3f}, {found[2:]}\n")
    assert found.wrongly == []
    assert found.missed == MISSED[name]
    assert [text for text in (*wishes, *BLIND_OTHERS) if read_command(text) in AT_ONCE] == []


def test_every_miss_stands_where_whoever_runs_the_service_reads_it() -> None:
    page = (ROOT / "docs" / "operate" / "stopping.md").read_text(encoding="utf-8")

    assert [text for texts in MISSED.values() for text in texts if f"| {text} |" not in page] == []


@pytest.mark.county
def test_of_5574_real_texts_none_stops_and_two_are_shown_to_a_person() -> None:
    texts = corpus()

    found = [text for text in texts if read_command(text) in AT_ONCE]
    shown = [text for text in texts if read_command(text) == Command.MAYBE_STOP]

    sys.stdout.write(f"\ncorpus: {len(texts)} texts, {len(found)} stop, {len(shown)} shown to a person\n")
    assert found == []
    assert len(shown) == TRULY_ASK


@pytest.mark.county
def test_of_5574_real_texts_none_mutes_and_few_are_taken_for_a_wish_to_join() -> None:
    texts = corpus()

    assert [text for text in texts if read_command(text) in {Command.MUTE, Command.START}] == []
    assert [text for text in texts if read_wish(text) is not None] == []
