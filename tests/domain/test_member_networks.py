"""Key individual networks: who is due, what the matrix says, how a list passes on, what the quarter said."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hueandcry.domain.members import actions as members
from hueandcry.domain.members.actions import networks as actions
from hueandcry.domain.members.models import KeyContact, Mechanism, Pulse, Talk
from hueandcry.domain.members.queries import networks
from hueandcry.domain.members.rules import CommunityKind, KeyRole, MechanismKind, SchemeRole, TalkHow
from hueandcry.domain.members.rules.networks import (
    CellState,
    Touch,
    cells,
    may_show_whole,
    means,
    quarter_of,
    quarters_back,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.models import Area
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def spoken_for(keeper: Officer, **fields: object) -> KeyContact:
    """Return a key individual for the farmers of Holt, beside another of somebody else's."""
    return builders.key_contact(keeper, member=builders.member(), **fields)


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("due", "state"),
    [(-1, CellState.OVERDUE), (0, CellState.SOON), (7, CellState.SOON), (8, CellState.FINE)],
)
def test_a_cell_says_how_its_next_talk_stands(due: int, state: CellState) -> None:
    found = cells([Touch(MechanismKind.KIN, TODAY, TODAY + due * DAY)], today=TODAY)

    assert found[0].state == state
    assert [cell.state for cell in found[1:]] == [CellState.NONE] * 4


def test_one_of_two_overdue_is_said_in_words() -> None:
    touches = [Touch(MechanismKind.KIN, None, TODAY - DAY), Touch(MechanismKind.KIN, TODAY, TODAY + 80 * DAY)]

    found = cells(touches, today=TODAY)[0]

    assert (found.words, found.symbol, found.last, found.due) == ("1 of 2 overdue", "!", TODAY, TODAY - DAY)


def test_quarters_count_on_over_the_year() -> None:
    assert quarter_of(dt.date(2026, 12, 31)) == "2026-Q4"
    assert quarter_of(dt.date(2027, 1, 1)) == "2027-Q1"
    assert quarters_back(dt.date(2027, 1, 1), 3) == ("2026-Q3", "2026-Q4", "2027-Q1")


def test_small_numbers_are_hidden_and_cannot_be_reckoned_from_a_sum() -> None:
    assert means([[5] * 5, [1] * 5]) is None
    assert means([[5] * 5, [1] * 5, [3] * 5]) == (3.0,) * 5
    assert not may_show_whole(whole=5, shown_parts=3), "two would be the rest"
    assert may_show_whole(whole=3, shown_parts=3)
    assert may_show_whole(whole=6, shown_parts=3)
    assert not may_show_whole(whole=2, shown_parts=2)


# ---------------------------------------------------------------- keeping in touch


def test_a_talk_moves_the_next_one_and_ends_the_reminder() -> None:
    amos = cast.amos()
    contact = spoken_for(amos, next_due=clock.today() - DAY, cadence_days=30)
    actions.mark_due()

    actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.CALL, note="Mornings are best")
    actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.CALL, note="Mornings are best")

    contact.refresh_from_db()
    assert (contact.next_due, contact.reminded_at) == (clock.today() + 30 * DAY, None)
    assert Talk.objects.count() == 1, "two presses are one talk"


def test_a_talk_of_long_ago_does_not_put_off_the_next() -> None:
    amos = cast.amos()
    contact = spoken_for(amos)
    actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.VISIT)

    actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.CALL, at=clock.now() - 60 * DAY)

    contact.refresh_from_db()
    assert contact.next_due == clock.today() + 90 * DAY


@pytest.mark.parametrize(
    ("note", "words"),
    [("He saw AB12 CDE", "is a report"), ("Asked him to find out who owns it", "sets one person a task")],
)
def test_a_note_that_is_not_practical_is_refused(note: str, words: str) -> None:
    amos = cast.amos()
    contact = spoken_for(amos)

    with pytest.raises(actions.MemberError, match=words):
        actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.CALL, note=note)

    assert not Talk.objects.exists()


@pytest.mark.parametrize("days", [-400, 2])
def test_a_talk_is_neither_to_come_nor_long_past(days: int) -> None:
    amos = cast.amos()
    contact = spoken_for(amos)

    with pytest.raises(actions.MemberError):
        actions.log_talk(officer=amos, ref=contact.ref, how=TalkHow.CALL, at=clock.now() + days * DAY)


def test_each_officer_sees_who_is_due_and_the_inspector_who_is_two_weeks_late() -> None:
    amos, birch = cast.amos(), cast.birch()
    inspector = builders.officer(Role.INSPECTOR, name="Thornback")
    soon = spoken_for(amos, next_due=clock.today() + 7 * DAY)
    late = builders.key_contact(amos, member=builders.member(), next_due=clock.today() - 14 * DAY)
    builders.key_contact(amos, member=builders.member(), next_due=clock.today() + 8 * DAY)
    builders.key_contact(birch, member=builders.member(), next_due=clock.today() - 13 * DAY)

    mine, all_late = networks.due(officer=amos), networks.due(officer=inspector, everybody=True)

    assert [line.ref for line in mine] == [late.ref, soon.ref]
    assert [(line.ref, line.days_late) for line in all_late] == [(late.ref, 14)]


def test_the_daily_job_notes_each_due_talk_once_and_writes_to_nobody() -> None:
    amos = cast.amos()
    due = spoken_for(amos, next_due=clock.today())
    builders.key_contact(amos, member=builders.member())

    first, again = actions.mark_due(), actions.mark_due()

    assert (first, again) == (1, 0)
    assert list(Record.objects.filter(event="key_contact.due").values_list("subject", flat=True)) == [
        f"key_contact:{due.ref}"
    ]
    assert not Record.objects.filter(event="message.queued").exists()


def test_a_leavers_whole_list_goes_to_a_colleague() -> None:
    amos, birch, whiting = cast.amos(), cast.birch(), builders.officer(Role.CONSTABLE, name="Whiting")
    both = {spoken_for(amos).pk, builders.key_contact(amos, member=builders.member()).pk}
    other = builders.key_contact(birch, member=builders.member())
    Officer.objects.filter(pk=amos.pk).update(is_active=False)

    moved = actions.hand_over(officer=birch, keeper=amos, to=whiting)

    assert moved == 2
    assert set(KeyContact.objects.filter(officer=whiting).values_list("pk", flat=True)) == both
    other.refresh_from_db()
    assert other.officer == birch
    with pytest.raises(actions.MemberError, match="may keep networks"):
        actions.hand_over(officer=birch, keeper=whiting, to=cast.cole())


def test_who_leaves_ends_and_the_community_shows_who_may_follow() -> None:
    amos = cast.amos()
    watch = builders.scheme()
    contact = builders.key_contact(amos, member=builders.member(schemes=(watch,)))
    deputy = builders.member(name="Ewing")
    deputy.memberships.create(scheme=watch, role=SchemeRole.DEPUTY, joined_at=clock.now())
    builders.member(name="Plain", schemes=(watch,))

    members.leave(member_id=contact.member_id, actor="test:1")

    assert [(gap.ref, gap.successor) for gap in networks.gaps(officer=amos)] == [(contact.ref, "")]
    assert networks.successors(contact=contact) == [(deputy.ref, "Ewing")]
    actions.name_successor(officer=amos, ref=contact.ref, member=deputy)
    assert networks.gaps(officer=amos)[0].successor == "Ewing"
    refs = [one.ref for one in networks.communities(officer=amos)]
    actions.make_key_contact(officer=amos, member=deputy, role=KeyRole.OTHER, community_refs=refs)
    assert networks.gaps(officer=amos) == []


def test_nobody_is_a_key_individual_twice_or_for_nobody() -> None:
    amos, community = cast.amos(), builders.community()
    dell = builders.member()
    actions.make_key_contact(officer=amos, member=dell, role=KeyRole.VET, community_refs=[community.ref])

    with pytest.raises(actions.MemberError, match="already"):
        actions.make_key_contact(officer=amos, member=dell, role=KeyRole.VET, community_refs=[community.ref])
    with pytest.raises(actions.MemberError, match="at least one community"):
        actions.make_key_contact(officer=amos, member=builders.member(), role=KeyRole.VET, community_refs=[])


# ---------------------------------------------------------------- the matrix


def test_the_matrix_shows_gaps_first_and_says_which() -> None:
    amos = cast.amos()
    quiet = builders.community("Boaters")
    late = builders.community("Dairy")
    fine = builders.community("Shops")
    builders.key_contact(amos, late, member=builders.member(), next_due=clock.today() - DAY)
    actions.add_mechanism(
        officer=amos, community_ref=fine.ref, kind=MechanismKind.MEETING, name="Surgery", last_used=clock.today()
    )

    rows = {row.ref: row for row in networks.matrix(officer=amos)}

    assert rows[quiet.ref].gap == "No way to reach them"
    assert rows[late.ref].gap == "Key individual overdue"
    assert rows[fine.ref].gap == ""
    assert list(rows)[-1] == fine.ref


def test_an_area_keeps_what_lies_in_it() -> None:
    amos = cast.amos()
    above, below, other = builders.area("Upper"), builders.area("Lower"), builders.area("Other")
    Area.objects.filter(pk=below.id).update(parent=above.id)
    inside = builders.community("In", area_id=below.id)
    builders.community("Out", area_id=other.id)

    rows = networks.matrix(officer=amos, area_id=above.id)

    assert [row.ref for row in rows] == [inside.ref]


def test_the_matrix_asks_three_questions_however_many_there_are() -> None:
    amos = cast.amos()
    counts = []
    for number in (2, 20):
        for one in range(number):
            community = builders.community(f"Community {number} {one}")
            builders.key_contact(amos, community, member=builders.member())
        with CaptureQueriesContext(connection) as captured:
            networks.matrix(officer=amos)
        counts.append(len(captured))

    assert counts == [3, 3]


def test_a_way_is_used_taken_away_and_not_doubled() -> None:
    amos, community = cast.amos(), builders.community()
    way = actions.add_mechanism(officer=amos, community_ref=community.ref, kind=MechanismKind.GROUP, name="Chat")

    actions.use_mechanism(officer=amos, community_ref=community.ref, mechanism_id=way.pk)
    with pytest.raises(actions.MemberError, match="already"):
        actions.add_mechanism(officer=amos, community_ref=community.ref, kind=MechanismKind.GROUP, name="Chat")
    with pytest.raises(actions.MemberError, match="still to come"):
        actions.use_mechanism(officer=amos, community_ref=community.ref, mechanism_id=way.pk, on=clock.today() + DAY)
    actions.end_mechanism(officer=amos, community_ref=community.ref, mechanism_id=way.pk)

    way.refresh_from_db()
    assert way.last_used == clock.today()
    assert networks.mechanisms_of(community=community) == []
    assert Mechanism.objects.count() == 1


def test_a_stranger_and_a_partner_see_and_change_nothing() -> None:
    contact = spoken_for(cast.amos())
    community = contact.communities.get()
    for stranger in (cast.grey(), cast.frost(), builders.officer(*Role, organisation=builders.partner("Elsewhere"))):
        assert networks.matrix(officer=stranger) == []
        assert networks.lines(officer=stranger) == []
        with pytest.raises(NotHereError):
            networks.get_key_contact(officer=stranger, ref=contact.ref)
        with pytest.raises((NotHereError, actions.MemberError)):
            actions.log_talk(officer=stranger, ref=contact.ref, how=TalkHow.CALL)
        with pytest.raises((NotHereError, actions.MemberError)):
            actions.end_community(officer=stranger, ref=community.ref)


def test_a_community_has_one_name_once() -> None:
    amos = cast.amos()
    actions.found_community(officer=amos, kind=CommunityKind.PLACE, name="  Holt   village ")

    for name in ("Holt village", "", "x" * 81):
        with pytest.raises(actions.MemberError):
            actions.found_community(officer=amos, kind=CommunityKind.PLACE, name=name)


# ---------------------------------------------------------------- the pulse


def test_three_answers_are_shown_and_two_are_not() -> None:
    amos, many, few = cast.amos(), builders.community("Many"), builders.community("Few")
    for number in range(3):
        contact = builders.key_contact(amos, many, *([few] if number else []), member=builders.member())
        actions.answer_pulse(contact=contact, answers=[number + 1] * 5, words={0: "Speeding"})

    rows = {row.name: row.quarters[-1] for row in networks.results(officer=amos)}

    assert (rows["Many"].answers, rows["Many"].means) == (3, (2.0,) * 5)
    assert (rows["Few"].answers, rows["Few"].means) == (2, None)


def test_a_quarter_is_answered_once_and_in_full() -> None:
    contact = spoken_for(cast.amos())
    actions.answer_pulse(contact=contact, answers=[3] * 5, words={})

    with pytest.raises(actions.MemberError, match="answered already"):
        actions.answer_pulse(contact=contact, answers=[3] * 5, words={})
    for answers in ([3] * 4, [0, 3, 3, 3, 3], [6, 3, 3, 3, 3]):
        with pytest.raises(actions.MemberError, match="all five"):
            actions.answer_pulse(contact=contact, answers=answers, words={})
    assert Pulse.objects.count() == 1


def test_an_area_is_not_shown_where_it_would_give_away_two() -> None:
    amos, holt = cast.amos(), builders.area("Holt")
    shown, hidden = builders.community("A", area_id=holt.id), builders.community("B", area_id=holt.id)
    for community in (shown, shown, shown, hidden, hidden):
        contact = builders.key_contact(amos, community, member=builders.member())
        actions.answer_pulse(contact=contact, answers=[4] * 5, words={})

    row = networks.results_of_areas(officer=amos)[0]

    assert (row.quarters[-1].answers, row.quarters[-1].means) == (5, None)
