"""Letters: whoever gets post has a delivery like anybody, which waits until somebody prints and carries it."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel, Language, Priority, Reading
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions import by_hand, halting, pausing, printing
from hueandcry.domain.messaging.models import Delivery, Message, Stretch
from hueandcry.domain.messaging.queries import printing as questions
from hueandcry.domain.messaging.queries.figures import figures
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind, MessagingError
from hueandcry.domain.messaging.rules.by_hand import HandOutcome
from hueandcry.domain.messaging.rules.halting import HALT_WORD
from hueandcry.domain.messaging.rules.printing import EVERYBODY, choices_of, chosen, read_address
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import WORDS, alert_to

ABOUT = "alert:K7M2PQ"
OFFICER = "officer:TEST22"


def by_post(letterbox: str = "12 Mill Lane, Holt, QD1 1AA", **fields: Any) -> Member:
    """Return a member whom nothing but post reaches."""
    return builders.member(mobile=None, letterbox=letterbox, **fields)


def told(*members: Member, **fields: Any) -> Message:
    """Queue an alert that can wait: nobody is written a letter for something urgent."""
    return alert_to(*members, **{"priority": Priority.IMPORTANT, "lane": None, **fields})


def choice(name: str) -> str:
    """Return the street whose letters may be chosen by this name."""
    streets = dict(choices_of(questions.letters(about=ABOUT)))["Street"]
    return next(key for key, shown in streets if shown == name)


def states(channel: Channel = Channel.POST) -> list[str]:
    """Return the states of the deliveries by one channel."""
    return list(Delivery.objects.filter(channel=channel).order_by("id").values_list("state", flat=True))


@pytest.mark.django_db
@time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC))  # nobody is texted at night
def test_who_gets_post_counts_like_anybody_and_no_worker_takes_the_letter() -> None:
    by_text = builders.member()
    reader = by_post()

    message = told(reader, by_text)
    actions.dispatch(message_ref=message.ref)

    progress = queries.progress_of(message_ref=message.ref)
    assert states() == [DeliveryState.TO_PRINT]
    assert states(Channel.SMS) == [DeliveryState.DELIVERED]
    assert (progress.total, progress.waiting) == (2, 0)
    assert progress.by_channel["post"] == {DeliveryState.TO_PRINT: 1}
    assert not Stretch.objects.exists()


@pytest.mark.django_db
def test_a_letter_is_for_what_can_wait_and_for_those_whom_nothing_quicker_reaches() -> None:
    both = builders.member(letterbox="1 Mill Lane, Holt")
    reader = by_post()

    told(reader, both, priority=Priority.URGENT)
    told(both, about="alert:OTHER2")

    assert states() == []


@pytest.mark.django_db
def test_an_exercise_reaches_nobodys_letterbox() -> None:
    told(by_post(), is_drill=True)

    assert states() == []


@pytest.mark.django_db
def test_the_figures_say_whose_letter_waits_and_believe_who_carries_it() -> None:
    told(by_post("1 Mill Lane"), by_post("1 Abbey Row"))
    printing.print_letters(about=ABOUT, where=[choice("Abbey Row (1)")], actor=OFFICER)
    printing.hand_over_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)

    found = figures(about=ABOUT)

    assert (found.people, found.got) == (2, 1)
    assert (found.not_yet.to_print, found.not_yet.on_its_way, found.not_yet.silent) == (1, 0, 0)


@pytest.mark.django_db
def test_so_many_letters_are_no_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "MOST_LETTERS", 1)
    told(by_post("1 Mill Lane"), by_post("1 Abbey Row"))

    with pytest.raises(MessagingError, match="choose fewer parishes or streets, 1 at most"):
        printing.print_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)


@pytest.mark.django_db
def test_a_home_that_nobody_knows_lies_in_no_parish() -> None:
    builders.area("Holt", kind=AreaKind.PARISH)
    reader = by_post()
    told(reader)
    reader.places.all().delete()

    assert [letter.parish for letter in questions.letters(about=ABOUT)] == [""]


@pytest.mark.django_db
def test_a_household_gets_one_letter() -> None:
    told(by_post(), by_post(), by_post("14 Mill Lane, Holt, QD1 1AA"))

    assert len(questions.letters(about=ABOUT)) == 2


@pytest.mark.django_db
def test_letters_are_printed_in_the_order_of_the_walk_and_carried_by_somebody() -> None:
    for letterbox in ("10 Mill Lane, Holt", "2 Mill Lane, Holt", "Manor Farm, Mill Lane, Holt", "1 Abbey Row, Holt"):
        by_post(letterbox)
    told(*Member.objects.all())

    printed = printing.print_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)
    carried = printing.hand_over_letters(about=ABOUT, where=[EVERYBODY], actor="officer:OTHER2")

    assert [letter.box.lines[0] for batch in printed for letter in batch.letters] == [
        "1 Abbey Row",
        "2 Mill Lane",
        "10 Mill Lane",
        "Manor Farm",
    ]
    assert carried == 4
    row = Delivery.objects.order_by("id").last()
    assert row is not None
    assert (row.state, row.gateway, row.detail) == (
        DeliveryState.ACCEPTED,
        "printed",
        "Taken away to be carried, by officer:OTHER2",
    )
    assert row.accepted_at is not None
    assert questions.count_letters(about=ABOUT) == (0, 4)
    assert Record.objects.get(event="message.letters_printed").facts == {"letters": 4}
    assert Record.objects.get(event="message.letters_handed_over").actor == "officer:OTHER2"


@pytest.mark.django_db
def test_what_was_not_printed_is_not_carried_and_a_jam_may_be_printed_again() -> None:
    told(by_post(), by_post("3 Abbey Row, Holt"))
    abbey = choice("Abbey Row (1)")

    with pytest.raises(MessagingError, match="Nothing that was printed"):
        printing.hand_over_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)
    printing.print_letters(about=ABOUT, where=[abbey], actor=OFFICER)
    again = printing.print_letters(about=ABOUT, where=[abbey], actor=OFFICER)

    assert [len(batch.letters) for batch in again] == [1]
    assert printing.hand_over_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER) == 1
    assert sorted(states()) == [DeliveryState.ACCEPTED, DeliveryState.TO_PRINT]
    with pytest.raises(MessagingError, match="No letter waits"):
        printing.print_letters(about=ABOUT, where=[abbey], actor=OFFICER)


@pytest.mark.django_db
def test_each_place_that_is_ticked_is_a_batch_and_each_letter_lies_in_one() -> None:
    scheme = builders.scheme("Holt Farm Watch")
    told(
        by_post("1 Mill Lane, Holt", schemes=(scheme,)),
        by_post("2 Mill Lane, Holt"),
        by_post("1 Abbey Row, Holt"),
        by_post("1 High Street, Holt"),
    )
    ticked = [choice("Mill Lane (2)"), f"scheme:{scheme.ref}", choice("Abbey Row (1)")]

    printed = printing.print_letters(about=ABOUT, where=ticked, actor=OFFICER)
    carried = printing.hand_over_letters(about=ABOUT, where=ticked[:2], actor=OFFICER)

    assert [(batch.name, [letter.box.lines[0] for letter in batch.letters]) for batch in printed] == [
        ("Holt Farm Watch", ["1 Mill Lane"]),
        ("Abbey Row", ["1 Abbey Row"]),
        ("Mill Lane", ["2 Mill Lane"]),
    ]
    assert carried == 2
    assert Record.objects.get(event="message.letters_printed").facts == {"letters": 3}
    assert Delivery.objects.filter(detail__startswith="Printed").count() == 1


@pytest.mark.django_db
def test_whoever_ticks_all_gets_one_batch_whatever_else_is_ticked() -> None:
    told(by_post("2 Mill Lane, Holt"), by_post("1 Abbey Row, Holt"))

    (batch,) = printing.print_letters(about=ABOUT, where=[EVERYBODY, choice("Mill Lane (1)")], actor=OFFICER)

    assert (batch.name, len(batch.letters)) == ("", 2)


@pytest.mark.django_db
def test_whoever_ticks_nothing_is_told_to() -> None:
    told(by_post())

    for press in (printing.print_letters, printing.hand_over_letters):
        with pytest.raises(MessagingError, match="Tick whose letters"):
            press(about=ABOUT, where=[], actor=OFFICER)
    assert Delivery.objects.get().detail == ""


@pytest.mark.django_db
def test_who_left_paused_or_withdrew_gets_no_letter_any_more() -> None:
    stays, withdraws = by_post("1 Mill Lane"), by_post("2 Mill Lane")
    told(stays, withdraws)
    Consent.objects.filter(member=withdraws).update(withdrawn_at=clock.now())

    printed = printing.print_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)

    assert [letter.box.number for batch in printed for letter in batch.letters] == [1]
    assert states() == [DeliveryState.TO_PRINT, DeliveryState.STOPPED]


@pytest.mark.django_db
def test_a_correction_follows_the_letters_that_were_carried_and_takes_back_the_others() -> None:
    carried, waits = by_post("1 Mill Lane"), by_post("1 Abbey Row")
    told(carried, waits)
    mill = choice("Mill Lane (1)")
    printing.print_letters(about=ABOUT, where=[mill], actor=OFFICER)
    printing.hand_over_letters(about=ABOUT, where=[mill], actor=OFFICER)

    message = actions.follow(kind=MessageKind.CORRECTION, about=ABOUT, words=WORDS, actor=OFFICER)
    actions.dispatch(message_ref=message.ref)

    rows = Delivery.objects.order_by("id").values_list("member_id", "state", "message__kind")
    assert set(rows) == {
        (carried.pk, DeliveryState.ACCEPTED, MessageKind.ALERT),
        (waits.pk, DeliveryState.CANCELLED, MessageKind.ALERT),
        (carried.pk, DeliveryState.TO_PRINT, MessageKind.CORRECTION),
    }
    assert [letter.box.street for letter in questions.letters(about=ABOUT)] == ["Mill Lane"]


@pytest.mark.django_db
def test_nothing_is_printed_while_it_is_paused_or_everything_is_stopped() -> None:
    told(by_post())
    pausing.pause(about=ABOUT, actor=OFFICER)

    with pytest.raises(MessagingError, match="paused"):
        printing.print_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)
    pausing.resume(about=ABOUT, actor=OFFICER)
    halting.halt(officer=cast.birch(), reason="Words went out that are wrong", typed=HALT_WORD)
    with pytest.raises(MessagingError, match="Everything is stopped"):
        printing.print_letters(about=ABOUT, where=[EVERYBODY], actor=OFFICER)


@pytest.mark.django_db
def test_who_was_told_by_a_neighbour_needs_no_letter() -> None:
    reader = by_post()
    message = told(reader)

    by_hand.tell_by_hand(message_ref=message.ref, member_id=reader.pk, outcome=HandOutcome.TOLD, actor="member:AAAA22")

    assert states() == [DeliveryState.DELIVERED]
    assert questions.letters(about=ABOUT) == []


@pytest.mark.django_db
def test_a_batch_is_for_a_parish_a_street_or_a_scheme() -> None:
    watch = builders.scheme()
    builders.area("Holt", kind=AreaKind.PARISH)
    inside = by_post("2 Mill Lane", schemes=(watch,), language=Language.WELSH, reading=Reading.LARGE)
    outside = by_post("3 Mill Lane", at=(8.0, 50.0))
    told(inside, outside)

    letters = questions.letters(about=ABOUT)
    groups = dict(choices_of(letters))

    assert [name for _, name in groups["Parish"]] == ["Holt (1)", "In no parish that we know (1)"]
    assert [name for _, name in groups["Watch scheme"]] == ["Holt Farm Watch (1)"]
    assert [name for _, name in groups["Street"]] == ["Mill Lane (1)", "Mill Lane, Holt (1)"]
    for group, number in (("Parish", 2), ("Watch scheme", 2)):
        assert [letter.box.number for letter in chosen(letters, [groups[group][0][0]])] == [number]
    one = chosen(letters, [f"scheme:{watch.ref}"])[0]
    assert (one.language, one.is_large) == ("cy", True)
    assert chosen(letters, ["parish:999999"]) == []


@pytest.mark.parametrize(
    ("text", "lines", "street", "number"),
    [
        ("12, QD1 1AA", ("12", "QD1 1AA"), "QD1 1AA", 12),
        ("12a, Mill Lane, Holt", ("12a Mill Lane", "Holt"), "Mill Lane", 12),
        ("The Occupier\n1 High Street\nQQ1 1AA", ("The Occupier", "1 High Street", "QQ1 1AA"), "High Street", 1),
        ("Flat 2, 14-16 High Street, Holt", ("Flat 2", "14-16 High Street", "Holt"), "High Street", 14),
        ("Mill Cottage, Holt", ("Mill Cottage", "Holt"), "Holt", 1_000_000),
        ("Mill Cottage", ("Mill Cottage",), "Mill Cottage", 1_000_000),
        (" , ,\n", (), "", 1_000_000),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, lines: tuple[str, ...], street: str, number: int) -> None:
    box = read_address(text)

    assert (box.lines, box.street, box.number) == (lines, street, number)
