"""Moves, who must agree, how an audience is kept, and how things are said."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.rules import (
    MOVES,
    REACH,
    AlertError,
    Finding,
    Severity,
    Sighting,
    State,
    Words,
)
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Purpose, SchemeKind, Tier
from hueandcry.domain.messaging.rules import Words as MessageWords
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import gsm7
from hueandcry.kit.geometry import Point

HERE = ZoneInfo("Europe/London")
AT = dt.datetime(2026, 11, 20, 22, 41, tzinfo=HERE)
WORDS = Words("Hare coursing near Holt", "Grey pick-up, three men with dogs", "Mill Lane, Holt", "Have you seen it?")
FAST = frozenset({Permission.ALERT_FAST, Permission.ALERT_WRITE})
SLOW = frozenset({Permission.ALERT_WRITE})
PROTECTED = Finding("protected", Severity.WARN, "…", "…")
OTHER = Finding("farm", Severity.WARN, "…", "…")
SIGHTING = Sighting(
    what="grey pick-up", where="Ford Lane, Elm", direction="towards Holt", seen_at=AT, plate="AO51BCD", point=None
)


# ---------------------------------------------------------------- moves

ALLOWED = {
    ("draft", "waiting"),
    ("draft", "released"),
    ("waiting", "returned"),
    ("waiting", "released"),
    ("returned", "waiting"),
    ("returned", "released"),
    ("released", "stood_down"),
    ("released", "expired"),
    ("released", "ended"),
    ("stood_down", "ended"),
    ("expired", "ended"),
}


@pytest.mark.parametrize("old", list(State))
@pytest.mark.parametrize("new", list(State))
def test_every_move_is_allowed_or_refused_as_the_table_says(old: State, new: State) -> None:
    if (old, new) in ALLOWED:
        rules.check_move(old=old, new=new)
    else:
        with pytest.raises(AlertError, match=f"is {old.label.lower()} cannot become {new.label.lower()}"):
            rules.check_move(old=old, new=new)


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(State)


def test_author_cannot_approve() -> None:
    with pytest.raises(AlertError, match="other than the author"):
        rules.check_second_pair_of_eyes(author="7", approver="7")


def test_somebody_else_may_approve() -> None:
    rules.check_second_pair_of_eyes(author="7", approver="8")


# ---------------------------------------------------------------- who must agree


@pytest.mark.parametrize(
    ("level", "members", "may", "findings", "approvals"),
    [
        (Tier.VETTED, 300, FAST, [], 0),
        (Tier.VETTED, 301, FAST, [], 1),
        (Tier.KIN, 300, FAST, [OTHER], 0),
        (Tier.KIN, 301, FAST, [], 1),
        (Tier.MEMBER, 1, FAST, [], 1),
        (Tier.PUBLIC, 1, FAST, [], 1),
        (Tier.VETTED, 1, SLOW, [], 1),
        (Tier.VETTED, 1, FAST, [PROTECTED], 1),
        (Tier.MEMBER, 1_000_000, SLOW, [], 1),
    ],
)
def test_table_of_reach(
    level: Tier, members: int, may: frozenset[Permission], findings: list[Finding], approvals: int
) -> None:
    assert rules.approvals_needed(level=level, members=members, may=may, findings=findings) == approvals


def test_who_may_not_write_has_no_way_out() -> None:
    with pytest.raises(AlertError, match="may write alerts"):
        rules.approvals_needed(level=Tier.VETTED, members=1, may=frozenset({Permission.ALERT_READ}))


def test_only_vetted_levels_have_a_row_without_approval() -> None:
    alone = [row for row in REACH if row.approvals == 0]

    assert [(row.levels, row.most, row.holder) for row in alone] == [
        (frozenset({Tier.VETTED, Tier.KIN}), 300, Permission.ALERT_FAST)
    ]


@pytest.mark.parametrize(("members", "typed"), [(5_000, ""), (5_001, "5001"), (33_000, "33000")])
def test_above_five_thousand_the_number_is_typed(members: int, typed: str) -> None:
    assert rules.typed_needed(members=members) == typed


@pytest.mark.parametrize("typed", ["33000", "33,000", " 33 000 ", "33100", "32900"])
def test_the_number_as_people_type_it_is_taken(typed: str) -> None:
    rules.check_typed(members=33_000, typed=typed)


@pytest.mark.parametrize("typed", ["", "yes", "3300", "330000", "33400", "9" * 5000])
def test_another_number_is_refused_with_what_to_type(typed: str) -> None:
    with pytest.raises(AlertError, match="Type 33000"):
        rules.check_typed(members=33_000, typed=typed)


def test_a_small_release_needs_nothing_typed() -> None:
    rules.check_typed(members=5_000, typed="")


def test_an_audience_comes_back_as_it_was_kept_but_names_nobody() -> None:
    question = AudienceQuestion(
        organisation_id=3,
        areas=(1, 2),
        polygons=('{"type": "Polygon"}',),
        circles=(Circle(2.5, 54.5, 5000.0),),
        schemes=(4,),
        scheme_kinds=(SchemeKind.FARM,),
        topics=("hare-coursing",),
        lowest_tier=Tier.VETTED,
        purpose=Purpose.ALERT,
        without=(77, 78),
        channels=(Channel.SMS,),
    )

    kept = rules.question_to_json(question)

    assert rules.question_from_json(kept) == replace(question, without=())
    assert "77" not in str(kept)


def test_a_circle_round_a_sighting_keeps_schemes_and_level() -> None:
    asked = AudienceQuestion(organisation_id=3, areas=(1,), scheme_kinds=(SchemeKind.FARM,), lowest_tier=Tier.VETTED)
    seen = replace(SIGHTING, point=Point(2.5, 54.5), uncertainty_m=50.0)

    assert rules.round_sighting(asked, seen, 5_000.0) == replace(asked, areas=(), circles=(Circle(2.5, 54.5, 5_050.0),))
    assert rules.round_sighting(asked, SIGHTING, 5_000.0) == asked


def test_without_a_first_audience_there_is_no_circle() -> None:
    with pytest.raises(AlertError, match="Choose who is meant"):
        rules.round_sighting(None, SIGHTING, 5_000.0)


# ---------------------------------------------------------------- how it is said


def said(words: Words = WORDS, *, level: Tier = Tier.VETTED, invites: bool = True) -> rules.Preview:
    made = rules.compose(
        words,
        ref="K7M2PQ",
        signs_as="Doggerland Police",
        level=level,
        invites_answers=invites,
        expires_at=AT + dt.timedelta(hours=6),
        occurred_at=AT,
    )
    text = gsm7.count(made.text)
    return rules.Preview(made, text.parts, text.units, text.left, text.encoding)


def test_a_text_begins_with_who_and_reference_and_ends_with_the_fixed_line() -> None:
    preview = said()

    assert preview.words.text == (
        "Doggerland Police K7M2PQ: Grey pick-up, three men with dogs, Mill Lane, Holt, 22:41. Have you seen it? "
        "Do not approach. Now or danger: 999. Reply to this text."
    )
    assert preview.parts == 1


def test_without_answers_the_safety_line_stays_and_the_reply_goes() -> None:
    words = said(invites=False).words

    assert words.text.endswith("Do not approach. Now or danger: 999.")
    assert "101" not in words.spoken
    assert "Reply" not in words.email


@given(
    what=st.text(max_size=400),
    headline=st.text(max_size=200),
    where=st.text(max_size=200),
    ask=st.text(max_size=300),
    invites=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_the_safety_line_is_there(
    *, what: str, headline: str, where: str, ask: str, invites: bool
) -> None:
    words = said(Words(headline, what, where, ask), invites=invites).words

    assert rules.SAFETY_TEXT in words.text
    assert words.text.startswith("Doggerland Police K7M2PQ:")
    assert rules.SAFETY_SPOKEN in words.spoken
    assert rules.SAFETY_EMAIL in words.email
    assert words.email.count("{page}") == (2 if invites else 1)
    assert "{" not in words.text + words.spoken + words.subject
    assert "\n" not in words.text
    assert len(words.subject) <= 200


def test_a_long_story_leaves_the_headline_in_the_text_and_stays_in_the_email() -> None:
    story = "A grey pick-up with three men and four dogs was seen crossing the fields behind the mill. " * 3

    preview = said(replace(WORDS, what=story))

    assert preview.parts == 1
    assert "Hare coursing near Holt" in preview.words.text
    assert story.strip() in preview.words.email


def test_the_place_is_not_said_twice() -> None:
    text = said(replace(WORDS, what="Grey pick-up in mill lane, Holt.")).words.text

    assert text.lower().count("mill lane") == 1


def test_curly_signs_do_not_make_a_text_dearer() -> None:
    preview = said(replace(WORDS, what="Grey pick\u2011up \u2014 \u201cnoisy\u201d\u2026"))

    assert preview.encoding == "GSM-7"


def test_an_email_says_when_until_when_and_whose_eyes_it_is_for() -> None:
    email = said().words.email

    assert "When: 22:41 on Friday 20 November 2026" in email
    assert "ends at 04:41 on Saturday 21 November 2026" in email
    assert "For vetted watch members only" in email


def test_a_public_email_asks_nobody_to_keep_it() -> None:
    assert "please do not post it" not in said(level=Tier.PUBLIC).words.email


def test_a_call_spells_the_reference() -> None:
    assert "K 7 M 2 P Q" in said().words.spoken


def test_a_moment_that_is_not_known_is_not_said() -> None:
    words = rules.compose(
        WORDS, ref="K7M2PQ", signs_as="Police", level=Tier.MEMBER, invites_answers=True, expires_at=None
    )

    assert "When:" not in words.email + words.spoken
    assert "ends at" not in words.email
    assert "22:41" not in words.text


@pytest.mark.parametrize(
    "words",
    [
        rules.compose_stand_down(
            ref="K7M2PQ", signs_as="Doggerland Police", because="The vehicle has been checked and is of no interest"
        ),
        rules.compose_stand_down(ref="K7M2PQ", signs_as="Doggerland Police", because="word " * 60),
        rules.compose_clear(ref="K7M2PQ", signs_as="Doggerland Police"),
        rules.compose_ending(ref="K7M2PQ", signs_as="Doggerland Police", ending="Three people were spoken to"),
    ],
)
def test_what_follows_an_alert_is_one_text_signed_and_referenced(words: MessageWords) -> None:
    assert gsm7.count(words.text).parts == 1
    assert words.text.startswith("Doggerland Police K7M2PQ: ")
    assert words.email.count("{page}") == 1


def test_a_stand_down_says_why_and_a_long_why_stays_in_the_email() -> None:
    short = rules.compose_stand_down(ref="K7M2PQ", signs_as="Police", because="It was checked")
    long = rules.compose_stand_down(ref="K7M2PQ", signs_as="Police", because="It was checked, " * 15)

    assert "CANCELLED. It was checked. Please delete" in short.text
    assert "It was checked" not in long.text
    assert "It was checked" in long.email


def test_braces_in_an_ending_do_not_become_a_link() -> None:
    assert rules.compose_ending(ref="K7M2PQ", signs_as="Police", ending="{page}").email.count("{page}") == 1


# ---------------------------------------------------------------- relays


def test_a_relay_says_what_where_which_way_and_two_figures_of_the_plate() -> None:
    words = rules.relay_words(SIGHTING, level=Tier.VETTED)

    assert words.what == "Grey pick-up, part plate ..51, towards Holt"
    assert words.where == "Ford Lane, Elm"
    assert words.headline == "Seen again: grey pick-up"
    assert said(words).parts == 1


@pytest.mark.parametrize("level", [Tier.MEMBER, Tier.PUBLIC])
def test_below_vetted_a_relay_says_nothing_of_the_plate(level: Tier) -> None:
    assert "51" not in str(rules.relay_words(SIGHTING, level=level))


@pytest.mark.parametrize(
    ("plate", "part"),
    [
        ("AO51BCD", "..51"),
        ("ao51 bcd", "..51"),
        ("A123BCD", "..23"),
        ("A1", ""),
        ("", ""),
        ("ABCDEFG", ""),
        ("ABC1", ""),
        ("*51*", ""),
    ],
)
def test_at_most_two_figures_of_a_plate_are_passed_on(plate: str, part: str) -> None:
    assert rules.part_plate(plate) == part


def test_a_relay_of_nothing_but_a_place_still_reads_well() -> None:
    words = rules.relay_words(Sighting("", "Elm", "", None, ""), level=Tier.VETTED)

    assert words.what == "Vehicle"
    assert words.where == "Elm"


def test_what_a_relay_says_passes_the_send_check() -> None:
    facts = rules.Facts(
        words=rules.relay_words(SIGHTING, level=Tier.VETTED),
        occurred_at=AT,
        expires_at=AT + dt.timedelta(hours=6),
        has_audience=True,
        level=Tier.VETTED,
        invites_answers=True,
        now=AT,
        signs_as="Doggerland Police",
    )

    assert rules.check(facts) == []


@pytest.mark.parametrize(
    ("what", "speaks"),
    [
        ("Grey pick-up", True),
        ("part plate ..51", True),
        ("Two quads", True),
        ("Men with dogs", False),
        ("Carpet sold", False),
    ],
)
def test_a_vehicle_is_known_when_it_is_spoken_of(what: str, *, speaks: bool) -> None:
    assert rules.speaks_of_vehicle(Words("", what, "", "")) is speaks


def test_no_line_end_gets_into_the_subject_of_an_email() -> None:
    words = Words(
        headline="Hare coursing\r\nBcc: all@example.org",
        what="Two men\r\nand dogs",
        where="Holt\nHaven",
        ask="Seen\nit?",
    )

    said = rules.compose(
        words, ref="K7M2PQ", signs_as="Police", level=Tier.MEMBER, invites_answers=True, expires_at=None
    )

    assert said.subject == "Police K7M2PQ: Hare coursing Bcc: all@example.org"
    assert "Two men\nand dogs" in said.email
    assert "\r" not in said.email
    assert "Where: Holt Haven\nWhat we ask: Seen it?" in said.email
