"""How a public alert is posted: never longer than the outlet takes, never without the safety line and the way to us."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.domain.alerts.rules.kinds import Marking, State, Words
from hueandcry.domain.alerts.rules.posting import (
    CORRECTED_AT,
    FOR_NOTHING,
    TELL_US,
    compose_over,
    compose_post,
    may_be_posted,
)
from hueandcry.domain.alerts.rules.wording import SAFETY_TEXT
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.rules.posting import FOLLOWS, LONGEST, Act, Outlet, PostKind, room_for
from hueandcry.kit.words import LANGUAGES, say, speaking

LINK = "https://rural.example.police.uk/alerts/K7M2PQ/"
WORDS = Words(headline="Hare coursing near Holt", what="Grey pick-up", where="Mill Lane, Holt", ask="Have you seen it?")
UNTIL = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


def posted(words: Words = WORDS, **changes: Any) -> str:
    """Return an alert as a post."""
    given = {"ref": "K7M2PQ", "signs_as": "Doggerland Police", "invites_answers": True, "expires_at": UNTIL}
    return compose_post(words, **{"most": room_for(Outlet.MASTODON, link=LINK), **given, **changes})


def over(state: State = State.STOOD_DOWN, **changes: Any) -> str:
    """Return what says that an alert is over."""
    given: dict[str, Any] = {"because": "The vehicle has been checked", "was_recalled": False, "headline": ""}
    return compose_over(ref="K7M2PQ", signs_as="Doggerland Police", state=state, **{"most": 200, **given, **changes})


def test_a_post_says_what_where_the_ask_the_safety_line_and_how_to_tell_us() -> None:
    assert posted() == (
        "Doggerland Police K7M2PQ: Hare coursing near Holt.\n"
        "Mill Lane, Holt.\n"
        "Have you seen it?\n"
        "Until 02:00, Monday 23 November.\n"
        f"{SAFETY_TEXT}\n"
        "Seen it? Call 101 and say K7M2PQ. Answers here are not read."
    )


def test_what_invites_no_answers_still_says_that_none_are_read() -> None:
    said = posted(invites_answers=False, expires_at=None)

    assert said.endswith(f"{SAFETY_TEXT}\n{FOR_NOTHING}")
    assert "101" not in said


def test_with_little_room_the_ask_is_cut_before_the_place_and_the_place_before_the_headline() -> None:
    long = Words(headline="H" * 30 + " coursing", what="", where="Mill Lane, Holt", ask="Have you " + "x " * 100)

    said = posted(long, most=room_for(Outlet.BLUESKY, link=LINK))

    assert "H" * 30 + " coursing" in said
    assert "Mill Lane, Holt." in said
    assert "x…" in said
    assert "Until" not in said


def test_with_hardly_any_room_the_fixed_lines_stay_and_the_ask_goes() -> None:
    long = Words(headline="Hare coursing " * 10, what="", where="Mill Lane, Holt " * 10, ask="Have you seen it?")

    said = posted(long, most=200)

    assert "Have you" not in said
    assert said.endswith("Answers here are not read.")


words = st.text(max_size=300)


@given(words, words, words, st.sampled_from(Outlet), st.booleans(), st.sampled_from(list(LANGUAGES)))
def test_no_post_is_ever_too_long_or_without_its_fixed_lines(
    headline: str,
    where: str,
    ask: str,
    outlet: Outlet,
    invites_answers: bool,  # noqa: FBT001
    language: str,
) -> None:
    room = room_for(outlet, link=LINK)

    with speaking(language):
        said = posted(
            Words(headline[:160], "", where[:160], ask),
            most=room,
            invites_answers=invites_answers,
            first=say(CORRECTED_AT).format(time="21:05"),
        )

    assert len(said) <= room
    assert say(SAFETY_TEXT, language) in said
    assert say(FOR_NOTHING, language) in said
    assert "@" not in said


@given(
    words,
    words,
    st.sampled_from([State.STOOD_DOWN, State.EXPIRED, State.ENDED]),
    st.sampled_from(Outlet),
    st.sampled_from(list(LANGUAGES)),
)
def test_what_says_that_it_is_over_is_never_too_long(
    because: str, headline: str, state: State, outlet: Outlet, language: str
) -> None:
    room = room_for(outlet, link=LINK)

    with speaking(language):
        said = over(state, because=because, headline=headline[:160], most=room)

    assert len(said) <= room
    assert said.startswith(("STOOD DOWN", "OVER", "CANSLWYD", "DROSODD", "ODWOŁANE", "KONIEC"))
    assert said.endswith("Doggerland Police K7M2PQ")


@pytest.mark.parametrize(("state", "changes", "begins"), [
    (State.STOOD_DOWN, {}, "STOOD DOWN. The vehicle has been checked. No need to look out any more."),
    (State.STOOD_DOWN, {"was_recalled": True, "headline": "Van"}, "WITHDRAWN. We posted this by mistake."),
    (State.EXPIRED, {}, "OVER. We no longer ask about the vehicle."),
    (State.ENDED, {}, "OVER. No need to look out any more. Thank you"),
])  # fmt: skip
def test_each_end_is_said_in_its_own_words(state: State, changes: dict[str, Any], begins: str) -> None:
    assert over(state, **changes).startswith(begins)


def test_the_first_post_edited_says_what_it_was_about() -> None:
    assert over(headline="Hare coursing near Holt").splitlines()[1] == "It said: Hare coursing near Holt"


@pytest.mark.parametrize(("changes", "may"), [
    ({}, True),
    ({"level": Tier.MEMBER}, False),
    ({"level": Tier.VETTED}, False),
    ({"level": Tier.KIN}, False),
    ({"marking": Marking.OFFICIAL}, False),
    ({"marking": Marking.SENSITIVE}, False),
    ({"is_drill": True}, False),
    ({"is_relay": True}, False),
])  # fmt: skip
def test_only_what_is_public_in_every_way_is_posted(changes: dict[str, Any], may: bool) -> None:  # noqa: FBT001
    given: dict[str, Any] = {"level": Tier.PUBLIC, "marking": Marking.PUBLIC, "is_drill": False, "is_relay": False}

    assert may_be_posted(**(given | changes)) is may


def test_a_link_takes_the_room_that_the_outlet_counts() -> None:
    assert room_for(Outlet.MASTODON, link=LINK) == 500 - 23 - 2
    assert room_for(Outlet.BLUESKY, link=LINK) == 300 - len(LINK) - 2
    assert room_for(Outlet.BLUESKY, link="") == LONGEST[Outlet.BLUESKY]


def test_where_posts_cannot_be_changed_nothing_is_changed() -> None:
    assert set(FOLLOWS) == {(outlet, kind) for outlet in Outlet for kind in PostKind if kind != PostKind.ALERT}
    assert not any(Act.EDIT in acts for (outlet, _), acts in FOLLOWS.items() if outlet == Outlet.BLUESKY)
    assert "{ref}" in TELL_US
