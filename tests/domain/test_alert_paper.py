"""What a side of paper says: how to answer, that it is over or corrected, and no more than its reader may know."""

import datetime as dt
from typing import Any

import pytest

from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.alerts.rules.paper import Reply, Side, check_board, compose_side, compose_why
from hueandcry.domain.alerts.rules.sheets import Sheet
from hueandcry.domain.members.rules import Tier

AT = dt.datetime(2026, 11, 22, 14, 5, tzinfo=dt.UTC)
NUMBER, PAGE = "07700 900999", "https://example.org/alerts/K7M2PQ/"


def sheet(**changes: Any) -> Sheet:
    """Return an alert as a sheet has it."""
    usual: dict[str, Any] = {
        "ref": "K7M2PQ",
        "about": "alert:K7M2PQ",
        "signs_as": "Doggerland Constabulary",
        "headline": "Sheep taken near Holt",
        "what": "Twenty ewes were taken.\n\nA lorry was heard.",
        "where": "Mill Lane, Holt",
        "ask": "Did you hear a lorry?",
        "at": AT,
        "until": AT + dt.timedelta(days=1),
        "is_over": False,
        "level": Tier.PUBLIC,
        "message_ref": "",
        "message_refs": (),
        "called_off": False,
    }
    return Sheet(**{**usual, **changes})


def side(one: Sheet | None = None, **changes: Any) -> Side:
    """Return one side of paper."""
    usual: dict[str, Any] = {"occurred_at": AT, "corrected": "", "reply": Reply(invited=True, number=NUMBER, page=PAGE)}
    return compose_side(one or sheet(), **{**usual, **changes})


@pytest.mark.parametrize(
    ("number", "page", "scan", "said", "ways"),
    [
        (NUMBER, PAGE, PAGE, "on the web", 3),
        (NUMBER, "", "SMSTO:07700900999:K7M2PQ ", "to text us", 2),
        ("", "", "tel:101", "to call 101", 1),
    ],
)
def test_the_code_to_scan_leads_to_the_best_way_to_answer(
    number: str, page: str, scan: str, said: str, ways: int
) -> None:
    made = side(reply=Reply(invited=True, number=number, page=page))

    assert made.scan == scan
    assert said in made.scan_said
    assert len(made.answer) == ways
    assert made.answer[0] == "To answer, call 101 and say K7M2PQ."


def test_what_asks_for_no_answer_offers_no_way() -> None:
    made = side(reply=Reply(invited=False, number=NUMBER, page=PAGE))

    assert (made.answer, made.scan, made.scan_said) == ((), "", "")
    assert "call 999" in made.safety


def test_when_and_where_are_named_as_far_as_they_are_known() -> None:
    known = side()
    unknown = side(sheet(where="", until=None), occurred_at=None)

    assert [(fact.label, fact.value) for fact in known.facts] == [
        ("Where:", "Mill Lane, Holt"),
        ("When:", "Sunday 22 November, 14:05"),
        ("Holds until", "Monday 23 November, 14:05"),
    ]
    assert unknown.facts == ()
    assert known.what == ("Twenty ewes were taken.", "A lorry was heard.")


def test_a_correction_says_so_and_why() -> None:
    made = side(corrected="It was a van.")

    assert made.first == "CORRECTION."
    assert made.notes == ("This corrects what we told you before: It was a van.",)


def test_what_is_over_says_nothing_else() -> None:
    made = side(sheet(is_over=True), corrected="It was a van.")

    assert made.first == "OVER:"
    assert "need not look out any more" in made.notes[0]
    assert (made.what, made.facts, made.ask, made.safety, made.answer, made.scan) == ((), (), "", "", (), "")


def test_what_is_for_checked_members_says_so_and_hangs_nowhere() -> None:
    few = sheet(level=Tier.VETTED)

    assert "please do not post it or pass it on" in side(few).few
    assert side().few == ""
    check_board(sheet())
    with pytest.raises(AlertError, match="Print the letters"):
        check_board(few)


def test_our_lines_are_in_the_readers_language_and_the_officers_stay() -> None:
    made = side(language="cy", large=True)

    assert made.answer[0] == "I ateb, ffoniwch 101 a dywedwch K7M2PQ."
    assert made.headline == "Sheep taken near Holt"
    assert (made.language, made.large) == ("cy", True)
    assert compose_why(ref="K7M2PQ", language="pl")[2].endswith("podać K7M2PQ.")


def test_a_number_stays_on_one_line() -> None:
    assert side().number == "07700\N{NO-BREAK SPACE}900999"
