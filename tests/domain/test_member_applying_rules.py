"""Codes, names, mailboxes, rows of preferences: every edge, without a database."""

import datetime as dt

import pytest

from hueandcry.domain.members.rules import (
    Channel,
    Language,
    MemberError,
    NewContact,
    NewPlace,
    PlaceUse,
    Priority,
    Purpose,
    Reading,
    SchemeKind,
)
from hueandcry.domain.members.rules.applying import (
    MOST_PLACES,
    NOTES,
    SPOKEN_NOTES,
    SUBJECTS,
    Choice,
    CodeNote,
    LimitError,
    Wish,
    as_answers,
    as_wish,
    check_codes,
    check_tries,
    check_wish,
    choices_for,
    code_for,
    is_code,
    kinds_that_fit,
    spoken_code,
    tidy,
)
from hueandcry.domain.members.rules.mailboxes import suggest
from hueandcry.domain.members.rules.own_page import Row, check_person, choices_of, rows_of
from hueandcry.domain.members.rules.preferences import DEFAULTS, Hours
from hueandcry.kit import gsm7
from hueandcry.kit.geometry import Point

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


def wish(**changes: object) -> Wish:
    fields = {
        "name": "Robin Wold",
        "places": (NewPlace("LA999ZZ", Point(2.5, 54.5), PlaceUse.FARM, "Long Forty"),),
        "contact": NewContact(Channel.SMS, "+447700900123"),
        **changes,
    }
    return Wish(**fields)  # type: ignore[arg-type]


# ---------------------------------------------------------------- codes


def test_a_code_has_six_figures_and_hangs_on_everything() -> None:
    one = code_for(key="secret", salt="salt", address="+447700900123", attempt=1)
    others = {
        code_for(key="other", salt="salt", address="+447700900123", attempt=1),
        code_for(key="secret", salt="pepper", address="+447700900123", attempt=1),
        code_for(key="secret", salt="salt", address="+447700900124", attempt=1),
        code_for(key="secret", salt="salt", address="+447700900123", attempt=2),
    }

    assert len(one) == 6
    assert one.isdigit()
    assert one == code_for(key="secret", salt="salt", address="+447700900123", attempt=1)
    assert one not in others
    assert len(others) == 4


def test_codes_are_spread_evenly() -> None:
    first = [code_for(key="k", salt=str(n), address="a", attempt=1)[0] for n in range(5000)]

    for figure in "0123456789":
        assert 400 < first.count(figure) < 600


@pytest.mark.parametrize("typed", ["012345", " 012 345 ", "01-23-45", "code: 012345."])
def test_a_code_is_known_however_it_is_spaced(typed: str) -> None:
    assert is_code(typed, "012345")


@pytest.mark.parametrize("typed", ["", "12345", "0123456", "٠١٢٣٤٥", "zero"])
def test_what_is_not_the_code_is_not(typed: str) -> None:
    assert not is_code(typed, "012345")


def test_a_voice_says_figure_by_figure() -> None:
    assert spoken_code("012345") == "0. 1. 2. 3. 4. 5"


def test_tries_and_time_run_out() -> None:
    check_tries(tries=4, expires_at=NOW + dt.timedelta(seconds=1), now=NOW)
    with pytest.raises(LimitError, match="Too many wrong codes"):
        check_tries(tries=5, expires_at=NOW + dt.timedelta(minutes=1), now=NOW)
    with pytest.raises(LimitError, match="30 minutes old"):
        check_tries(tries=0, expires_at=NOW, now=NOW)


def test_three_codes_a_day_are_the_most() -> None:
    check_codes(sent_today=2)
    with pytest.raises(LimitError, match="3 times today"):
        check_codes(sent_today=3)


@pytest.mark.parametrize("note", list(CodeNote))
def test_every_note_is_one_plain_text_with_the_longest_signature_and_link(note: CodeNote) -> None:
    page = f"https://rural.example.police.uk/my/{'x' * 27}/"
    text = NOTES[note].format(signs="S" * 30, code="012345", page=page)

    counted = gsm7.count(text)

    assert counted.parts == 1, (len(text), text)
    assert gsm7.foreign(text) == ()
    assert SPOKEN_NOTES[note].format(signs="S", code="0", page="")
    assert SUBJECTS[note].format(signs="S")
    assert ("{code}" in NOTES[note]) == (note in {CodeNote.CODE, CodeNote.SHARED, CodeNote.ADD, CodeNote.BACK})


# ---------------------------------------------------------------- names, mailboxes


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Robin \t Wold\n", "Robin Wold"),
        ("O'Brien", "O'Brien"),
        ("Robin\u202eWold", "RobinWold"),
        ("Robin\x00\x1b Wold\u200b", "Robin Wold"),
        ("👩\u200d🌾 Dell", "👩\u200d🌾 Dell"),
        ("مريم", "مريم"),
        ("\ud800x", "x"),
        ("\u202e", ""),
    ],
)
def test_names_keep_their_letters_and_lose_what_is_unseen(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


SLIPS = (
    *(
        ("robin@gmial.com", "robin@gmail.com"),
        ("robin@gmail.con", "robin@gmail.com"),
        ("robin+farm@hotmial.co.uk", "robin+farm@hotmail.co.uk"),
        ("Robin@Yaho.co.uk", "robin@yahoo.co.uk"),
        ("robin@btinternet.co", "robin@btinternet.com"),
        ("robin@gmail.com", ""),
        ("robin@ymail.com", ""),
        ("robin@example.org", ""),
        ("robin@lancs.ac.uk", ""),
        ("robin@me.uk", ""),
        ("robin", ""),
        ("@gmial.com", ""),
        ("", ""),
    ),
)


@pytest.mark.parametrize(("typed", "meant"), SLIPS)
def test_slips_in_common_mailboxes_are_pointed_at_and_nothing_else(typed: str, meant: str) -> None:
    assert suggest(typed) == meant


# ---------------------------------------------------------------- a wish


def test_a_wish_comes_back_from_an_application_as_it_went_in() -> None:
    whole = wish(
        topics=(1, 2),
        schemes=(3,),
        purposes=(Purpose.ALERT, Purpose.SURVEY),
        partners=(4,),
        choices=(Choice(Priority.IMPORTANT, Channel.SMS, from_minute=420, until_minute=1200),),
        language=Language.WELSH,
    )

    assert as_wish(as_answers(whole), channel=Channel.SMS, address="+447700900123", language="cy") == whole


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Write your name"),
        ({"name": "x" * 121}, "at most 120"),
        ({"places": ()}, "Say where you are"),
        ({"places": tuple(NewPlace(point=Point(2, 54)) for _ in range(MOST_PLACES + 1))}, "at most 8 places"),
        ({"purposes": (Purpose.SURVEY,)}, "Tick the box for alerts"),
        (
            {"choices": (Choice(Priority.IMPORTANT, Channel.SMS, from_minute=480, until_minute=490),)},
            "at least an hour",
        ),
    ],
)
def test_what_a_wish_lacks_is_said(changes: dict[str, object], said: str) -> None:
    with pytest.raises(MemberError, match=said):
        check_wish(wish(**changes))


def test_what_everybody_gets_is_nobodys_own_choice() -> None:
    for channel in Channel:
        default = frozenset(priority for priority in Priority if channel in DEFAULTS[priority].wanted)

        assert choices_for(channel, wanted=default) == ()


def test_own_hours_hold_for_what_can_wait_only() -> None:
    default = frozenset(priority for priority in Priority if Channel.SMS in DEFAULTS[priority].wanted)

    chosen = choices_for(Channel.SMS, wanted=default, hours=(420, 1200))

    assert {choice.priority for choice in chosen} == {Priority.IMPORTANT, Priority.ROUTINE}


def test_schemes_fit_places_and_subjects() -> None:
    assert SchemeKind.HORSE in kinds_that_fit(uses=(PlaceUse.STABLE,), subjects=())
    assert SchemeKind.HORSE not in kinds_that_fit(uses=(PlaceUse.HOME,), subjects=("hare-coursing",))
    assert SchemeKind.FARM in kinds_that_fit(uses=(PlaceUse.HOME,), subjects=("hare-coursing",))
    assert SchemeKind.OTHER in kinds_that_fit(uses=(), subjects=())


# ---------------------------------------------------------------- a member's own rows


@pytest.mark.parametrize("reading", list(Reading))
def test_the_rows_of_everybody_keep_nothing(reading: Reading) -> None:
    channels = (Channel.SMS, Channel.VOICE, Channel.EMAIL)

    rows = rows_of(channels=channels, reading=reading, chosen={})

    assert choices_of(channels=channels, reading=reading, rows=rows) == ()


def test_rows_come_back_as_they_were_chosen() -> None:
    channels = (Channel.SMS, Channel.EMAIL)
    rows = tuple(
        Row(priority, (Channel.EMAIL,), None if priority == Priority.EMERGENCY else Hours(1080, 360))
        for priority in Priority
    )

    chosen = choices_of(channels=channels, reading=Reading.ORDINARY, rows=rows)

    kept = {(choice.priority, choice.channel): choice for choice in chosen}
    assert rows_of(channels=channels, reading=Reading.ORDINARY, chosen=kept) == rows


def test_danger_has_no_hours() -> None:
    rows = (Row(Priority.EMERGENCY, (Channel.SMS,), Hours(480, 1260)),)

    assert choices_of(channels=(Channel.SMS,), reading=Reading.ORDINARY, rows=rows) == ()


@pytest.mark.parametrize(("name", "budget"), [("", None), ("x" * 121, None), ("Dell", -1), ("Dell", 51)])
def test_odd_names_and_budgets_are_refused(name: str, budget: int | None) -> None:
    with pytest.raises(MemberError):
        check_person(name=name, weekly_budget=budget)
