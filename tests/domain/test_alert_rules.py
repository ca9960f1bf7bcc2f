"""Moves, who must agree, how an audience is kept, and how things are said."""

import datetime as dt
from collections.abc import Sequence
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
    Reach,
    Sighting,
    State,
    Urgency,
    Verb,
    Words,
    row_for,
)
from hueandcry.domain.alerts.rules.kinds import Marking, Suspect
from hueandcry.domain.alerts.rules.moves import ROWS, Need, Who, can_be_recalled, may_make
from hueandcry.domain.alerts.rules.reach import Content, because, check_grown, check_rows
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Purpose, SchemeKind, Tier
from hueandcry.domain.messaging.rules import Words as MessageWords
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.reports.rules import words
from hueandcry.kit import gsm7
from hueandcry.kit.geometry import Point

HERE = ZoneInfo("Europe/London")
AT = dt.datetime(2026, 11, 20, 22, 41, tzinfo=HERE)
WORDS = Words("Hare coursing near Holt", "Grey pick-up, three men with dogs", "Mill Lane, Holt", "Have you seen it?")
FAST = frozenset({Permission.ALERT_FAST, Permission.ALERT_WRITE})
SLOW = frozenset({Permission.ALERT_WRITE})
SIGHTING = Sighting(
    what="grey pick-up", where="Ford Lane, Elm", direction="towards Holt", seen_at=AT, plate="AO51BCD", point=None
)


# ---------------------------------------------------------------- moves

# What each move leads from and to; whatever is not here is refused. A change here is a change of policy.
ALLOWED: dict[Verb, tuple[str, str]] = {
    Verb.SUBMIT: ("draft returned", "waiting"),
    Verb.WITHDRAW: ("waiting approved scheduled", "draft"),
    Verb.SEND_BACK: ("waiting approved scheduled", "returned"),
    Verb.AGREE: ("waiting", "waiting"),
    Verb.APPROVE: ("waiting", "released approved"),
    Verb.SCHEDULE: ("waiting", "scheduled"),
    Verb.RELEASE_APPROVED: ("approved scheduled", "released"),
    Verb.RELEASE_FAST: ("draft returned", "released"),
    Verb.GO: ("scheduled", "released"),
    Verb.GIVE_UP: ("scheduled", "returned"),
    Verb.PAUSE: ("released corrected", "paused"),
    Verb.RESUME: ("paused", "released corrected"),
    Verb.RECALL: ("released paused", "stood_down"),
    Verb.CORRECT: ("released paused corrected", "corrected"),
    Verb.STAND_DOWN: ("released paused corrected", "stood_down"),
    Verb.EXPIRE: ("released paused corrected", "expired"),
    Verb.END: ("released paused corrected stood_down expired", "ended"),
}
# Who makes it: (whose it is, the permission that it takes).
WHOSE: dict[Verb, tuple[Who, str]] = {
    Verb.SUBMIT: (Who.AUTHOR, "alert:write"),
    Verb.WITHDRAW: (Who.AUTHOR, "alert:write"),
    Verb.SEND_BACK: (Who.OTHER, "alert:approve"),
    Verb.AGREE: (Who.OTHER, "alert:approve"),
    Verb.APPROVE: (Who.OTHER, "alert:approve"),
    Verb.SCHEDULE: (Who.OTHER, "alert:approve"),
    Verb.RELEASE_APPROVED: (Who.AUTHOR, "alert:write"),
    Verb.RELEASE_FAST: (Who.AUTHOR, "alert:fast"),
    Verb.GO: (Who.PROGRAM, ""),
    Verb.GIVE_UP: (Who.PROGRAM, ""),
    Verb.PAUSE: (Who.ANYBODY, "alert:end"),
    Verb.RESUME: (Who.ANYBODY, "alert:end"),
    Verb.RECALL: (Who.ANYBODY, "alert:end"),
    Verb.CORRECT: (Who.ANYBODY, "alert:end"),
    Verb.STAND_DOWN: (Who.ANYBODY, "alert:end"),
    Verb.EXPIRE: (Who.PROGRAM, ""),
    Verb.END: (Who.ANYBODY, "alert:end"),
}


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("old", list(State))
def test_every_move_is_allowed_or_refused_as_the_table_says(verb: Verb, old: State) -> None:
    before, after = (part.split() for part in ALLOWED[verb])

    for new in State:
        if old.value in before and new.value in after:
            rules.check_move(verb, old=old, new=new)
        else:
            with pytest.raises(AlertError, match=f"cannot be {verb.label}"):
                rules.check_move(verb, old=old, new=new)


def test_a_refusal_says_where_the_alert_stands() -> None:
    with pytest.raises(AlertError, match=r"^This alert is waiting for approval, so it cannot be stood down\.$"):
        rules.check_move(Verb.STAND_DOWN, old=State.WAITING)


def test_every_verb_has_one_row_and_every_state_is_reached_and_but_one_left() -> None:
    assert [row.verb for row in MOVES] == list(Verb)
    assert {state for row in MOVES for state in row.new} == set(State)
    assert set(State) - {state for row in MOVES for state in row.old} == {State.ENDED}


@pytest.mark.parametrize("verb", list(Verb))
def test_each_move_is_made_by_whom_the_table_says(verb: Verb) -> None:
    row = ROWS[verb]

    assert (row.who, row.permission or "") == WHOSE[verb]


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("is_author", [True, False])
def test_whoevers_move_it_is_not_is_refused(verb: Verb, *, is_author: bool) -> None:
    who = WHOSE[verb][0]

    if who in (Who.ANYBODY, Who.AUTHOR if is_author else Who.OTHER):
        rules.check_whose(verb, is_author=is_author)
    else:
        with pytest.raises(AlertError):
            rules.check_whose(verb, is_author=is_author)


@pytest.mark.parametrize("verb", [verb for verb in Verb if WHOSE[verb][0] != Who.PROGRAM])
@pytest.mark.parametrize("is_author", [True, False])
def test_a_button_is_shown_to_those_whose_move_it_is(verb: Verb, *, is_author: bool) -> None:
    who, permission = WHOSE[verb]
    mine = who in (Who.ANYBODY, Who.AUTHOR if is_author else Who.OTHER)

    for state in State:
        stands = state.value in ALLOWED[verb][0].split()
        assert may_make(verb, state=state, is_author=is_author, may=set(Permission)) is (mine and stands)
        assert not may_make(verb, state=state, is_author=is_author, may=set(Permission) - {Permission(permission)})


def test_no_way_out_goes_without_the_send_check_and_the_question_of_the_suspect() -> None:
    ways_out = [row for row in MOVES if State.RELEASED in row.new and row.verb != Verb.RESUME]

    assert {row.verb for row in ways_out} == {Verb.APPROVE, Verb.RELEASE_APPROVED, Verb.RELEASE_FAST, Verb.GO}
    assert all({Need.CHECK, Need.SUSPECT} <= row.needs for row in ways_out)
    assert all(row.needs & {Need.SECOND, Need.ALONE} for row in ways_out)


@pytest.mark.parametrize(("seconds", "can"), [(0, True), (30, True), (31, False)])
def test_a_release_is_taken_back_within_thirty_seconds(seconds: int, *, can: bool) -> None:
    later = AT + dt.timedelta(seconds=seconds)

    assert can_be_recalled(released_at=AT, now=later) is can


def test_what_never_went_out_is_not_taken_back() -> None:
    assert not can_be_recalled(released_at=None, now=AT)


# ---------------------------------------------------------------- who must agree


def needed(  # a row of the tables below
    level: Tier = Tier.VETTED,
    members: int = 1,
    *,
    may: frozenset[Permission] = FAST,
    urgency: Urgency = Urgency.NOW,
    is_trained: bool = True,
    content: Content | None = None,
) -> Reach:
    return row_for(
        REACH,
        level=level,
        urgency=urgency,
        members=members,
        may=may,
        is_trained=is_trained,
        content=content or Content(),
    )


@pytest.mark.parametrize(
    ("level", "members", "may", "approvals"),
    [
        (Tier.VETTED, 300, FAST, 0),
        (Tier.VETTED, 301, FAST, 1),
        (Tier.KIN, 300, FAST, 0),
        (Tier.KIN, 301, FAST, 1),
        (Tier.MEMBER, 1, FAST, 1),
        (Tier.PUBLIC, 1, FAST, 1),
        (Tier.VETTED, 1, SLOW, 1),
        (Tier.MEMBER, 1_000_000, SLOW, 1),
    ],
)
def test_table_of_reach(level: Tier, members: int, may: frozenset[Permission], approvals: int) -> None:
    assert needed(level, members, may=may).approvals == approvals


def test_without_training_or_once_it_has_run_out_there_is_no_fast_lane() -> None:
    assert needed(is_trained=True).approvals == 0
    assert needed(is_trained=False).approvals == 1


@pytest.mark.parametrize(
    ("urgency", "members", "approvals", "hold_s"),
    [
        (Urgency.NOW, 1_000_000, 1, 0),
        (Urgency.TODAY, 300, 1, 0),
        (Urgency.TODAY, 301, 1, 30),
        (Urgency.WHENEVER, 20_000, 1, 30),
        (Urgency.TODAY, 20_001, 2, 30),
        (Urgency.WHENEVER, 33_000, 2, 30),
    ],
)
def test_the_largest_take_a_third_officer_and_what_is_not_urgent_waits_so_that_it_can_be_taken_back(
    urgency: Urgency, members: int, approvals: int, hold_s: int
) -> None:
    row = needed(Tier.MEMBER, members, may=SLOW, urgency=urgency)

    assert (row.approvals, row.hold_s) == (approvals, hold_s)


@pytest.mark.parametrize(
    ("content", "alone", "wide", "why"),
    [
        (Content(), 0, 2, 0),
        (Content(findings=["farm", "few"]), 0, 2, 0),
        (Content(findings=["protected"]), 1, 2, 1),
        (Content(findings=["protected_cy"]), 1, 2, 1),
        (Content(suspect=Suspect.HARMFUL), 1, 2, 1),
        (Content(suspect=Suspect.HARMLESS), 0, 2, 0),
        (Content(marking=Marking.SENSITIVE), 2, 2, 1),
        (Content(findings=["protected"], marking=Marking.SENSITIVE), 2, 2, 2),
        (Content(findings=["protected"], marking=Marking.SENSITIVE, is_drill=True), 0, 2, 0),
    ],
)
def test_what_it_says_raises_the_need_and_never_lowers_it(content: Content, alone: int, wide: int, why: int) -> None:
    assert needed(content=content).approvals == alone
    assert needed(Tier.PUBLIC, 33_000, urgency=Urgency.TODAY, content=content).approvals == wide
    assert len(because(content)) == why


def test_every_shipped_row_asks_for_the_number_above_five_thousand() -> None:
    assert [row.typed_above for row in REACH] == [5_000] * 5


def test_who_may_not_write_has_no_way_out() -> None:
    with pytest.raises(AlertError, match="may write alerts"):
        needed(may=frozenset({Permission.ALERT_READ}))


def test_only_trained_officers_and_vetted_levels_have_a_row_without_approval() -> None:
    alone = [row for row in REACH if row.approvals == 0]

    assert [(row.levels, row.most, row.holder, row.is_trained) for row in alone] == [
        (frozenset({Tier.VETTED, Tier.KIN}), 300, Permission.ALERT_FAST, True)
    ]


def test_the_shipped_table_is_one_that_a_force_could_write_itself() -> None:
    check_rows(REACH)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "at least one row"),
        ([replace(REACH[1], levels=frozenset())], "Row 1: tick at least one level"),
        ([*REACH, replace(REACH[1], urgencies=frozenset())], "Row 6: tick at least one level"),
        ([replace(REACH[0], most=0), *REACH[1:]], "how many members at most"),
        ([replace(REACH[4], approvals=3)], "0, 1 or 2 other officers"),
        ([replace(REACH[0], is_trained=False), *REACH[1:]], "only for trained officers"),
        ([replace(REACH[0], holder=Permission.ALERT_WRITE), *REACH[1:]], "only for trained officers"),
        ([replace(REACH[0], levels=frozenset({Tier.MEMBER})), *REACH[1:]], "only for trained officers"),
        ([*REACH[:3], replace(REACH[3], hold_s=121), REACH[4]], "wait 120 seconds at most"),
        ([REACH[0], replace(REACH[1], hold_s=30), *REACH[2:]], "what is urgent never waits"),
        (REACH[:4], "Nobody could send alerts for anybody \\(today\\)"),
        (REACH[2:], "Nobody could send alerts for anybody \\(now: wake people\\)"),
        ([*REACH[:4], replace(REACH[4], holder=Permission.ALERT_FAST)], "Nobody could send"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_what_to_write(rows: Sequence[Reach], sentence: str) -> None:
    with pytest.raises(AlertError, match=sentence):
        check_rows(rows)


@pytest.mark.parametrize(
    ("members", "agreed", "above", "fits"),
    [
        (11_000, 10_000, 5_000, True),
        (11_001, 10_000, 5_000, False),
        (5_000, 10, 5_000, True),
        (5_001, 10, 5_000, False),
        (90_000, 10, None, True),
        (90_000, None, 5_000, True),
    ],
)
def test_what_waited_for_its_time_and_grew_by_more_than_a_tenth_is_looked_at_again(
    members: int, agreed: int | None, above: int | None, *, fits: bool
) -> None:
    if fits:
        check_grown(members=members, agreed=agreed, above=above)
    else:
        with pytest.raises(AlertError, match=f"would now go to {members:,}"):
            check_grown(members=members, agreed=agreed, above=above)


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
        ("Grey Nissan Navara, 3 men", True),
        ("Grey Ford, two men", True),
        ("Three bikes", True),
        ("Men with dogs", False),
        ("Carpet sold", False),
        ("At the ford, near Ford; fly-tippers", False),
        ("Housing estate, golf course, defenders of the land", False),
    ],
)
def test_a_vehicle_is_known_when_it_is_spoken_of(what: str, *, speaks: bool) -> None:
    assert rules.speaks_of_vehicle(Words("", what, "", "")) is speaks


# A relay says the vehicle by these names: whoever was asked to look for one must hear when we no longer ask.
@pytest.mark.parametrize("name", [*words._BODIES, *words._MODELS])
def test_every_vehicle_that_an_answer_is_read_for_is_one_that_a_clear_message_follows(name: str) -> None:
    seen = Sighting(what=f"grey {name}, 3 men", where="near Holt", direction="", seen_at=None, plate="")

    assert rules.speaks_of_vehicle(rules.relay_words(seen, level=Tier.MEMBER))


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
