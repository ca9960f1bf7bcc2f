"""Claims of several windows: what of them was handed over is known, and what is to wait goes back before the next."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
from django.db import connection

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import halting, routing
from hueandcry.domain.messaging.actions.claiming import Row, Window
from hueandcry.domain.messaging.actions.handing import Handing
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.recording import Hold, Outcome, record
from hueandcry.domain.messaging.actions.running import _next_claim
from hueandcry.domain.messaging.models import Delivery, Halt, Message, Stretch
from hueandcry.domain.messaging.rules import Lane
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock, prepared
from tests import builders, cast
from tests.domain.messaging import alert_to, lapse

pytestmark = pytest.mark.django_db
WINDOW = 2  # of each hand


class Mail:
    """A relay: what comes twice is known as the same. Does what its test says when the n-th letter comes."""

    name = "mail"
    channel = "email"
    again = Again.SAME
    got: ClassVar[list[str]] = []
    meanwhile: ClassVar[dict[int, Any]] = {}
    wait_from: ClassVar[int | None] = None

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            if self.wait_from is not None and len(self.got) >= self.wait_from:
                yield Handover(message.reference, Fate.UNKNOWN, detail="Slowly.", try_again=True, wait_s=40.0)
                continue
            self.got.append(message.subject)
            self.meanwhile.pop(len(self.got), lambda: None)()
            yield Handover(message.reference, Fate.ACCEPTED, message.reference)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


class Text(Mail):
    """A provider of texts: what comes twice comes twice."""

    name = "text"
    channel = "sms"
    again = Again.NEVER


@pytest.fixture(autouse=True)
def providers(settings: Any) -> Iterator[None]:
    settings.SEND_WINDOW = 2 * WINDOW
    settings.GATEWAYS = {**settings.GATEWAYS, "email": f"{__name__}.Mail", "sms": f"{__name__}.Text"}
    registry.routes_for.cache_clear()
    routing.forget()
    Mail.got.clear()
    Mail.meanwhile.clear()
    Mail.wait_from = None
    yield
    Mail.wait_from = None
    registry.routes_for.cache_clear()
    routing.forget()


def newsletter(many: int, **fields: Any) -> Message:
    """Queue e-mails to so many: they go in claims of 2, 4, 8 ... rows, fewer towards the end."""
    members = [builders.member(mobile=None, email=f"reader{number}@doggerland.example") for number in range(many)]
    return alert_to(*members, channels=(Channel.EMAIL,), **{"about": "alert:BBBBBB", "lane": Lane.BULK, **fields})


def states_of(message: Message) -> list[tuple[str, int]]:
    return [(row.state, row.attempts) for row in message.deliveries.order_by("id")]


def rows_read() -> int:
    """Return how many deliveries were read in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'messaging_delivery'"
        )
        return int(cursor.fetchone()[0])


def texts(many: int, **fields: Any) -> Message:
    """Queue texts to so many."""
    return alert_to(*(builders.member() for _ in range(many)), channels=(Channel.SMS,), **{"lane": Lane.BULK, **fields})


def letters_and_texts(ways: str) -> Message:
    """Queue a letter for each L, and a text for each T, in this order."""
    members = [
        builders.member() if way == "T" else builders.member(mobile=None, email=f"reader{number}@doggerland.example")
        for number, way in enumerate(ways)
    ]
    return alert_to(*members, channels=(Channel.EMAIL, Channel.SMS))


def taken_over(message: Message) -> list[Row]:
    """Claim all of a message, what a worker had that is dead or stands still for too long too."""
    lapse()
    claims = Letter.open(message.ref).claims
    rows: list[Row] = []
    while (found := claims.claim(many=12)).looked or found.lapsed:
        rows.extend(found.rows)
        if found.lapsed:
            claims.free()
    return rows


def test_a_claim_of_texts_says_that_one_window_is_handed_over_next_and_one_of_letters_need_not() -> None:
    first, second = newsletter(9), texts(9, about="alert:CCCCCC")

    letters, said = (Letter.open(message.ref).claims.claim(gives_way=False, many=8) for message in (first, second))

    assert (len(letters.rows), letters.handed_to) == (8, None)
    assert (len(said.rows), said.handed_to) == (8, said.rows[WINDOW - 1].id)
    assert Stretch.objects.get(pk=said.lease or 0).handed_to == said.handed_to


def test_of_letters_and_texts_in_one_message_nothing_is_passed_over() -> None:
    both = letters_and_texts("LLLTLTTTLLLL")
    order = list(both.deliveries.order_by("id").values_list("pk", flat=True))

    window = Letter.open(both.ref).claims.claim(many=12)

    assert [row.id for row in window.rows] == order
    assert window.handed_to == order[WINDOW - 1]


def test_of_what_was_perhaps_sent_no_more_than_a_window_of_texts_is_claimed_with_it() -> None:
    both = letters_and_texts("LLLTLTTTLLLL")
    claims = Letter.open(both.ref).claims
    first = claims.claim(many=12)
    record(Letter.open(both.ref), [], Hold(first.lease, first.rows[5].id))
    lapse()
    claims.free()

    windows = [claims.claim(many=12) for _ in range(3)]

    # Texts come first: all four and two of the letters were perhaps handed over.
    assert [row.channel.value for row in first.rows] == ["sms"] * 4 + ["email"] * 8
    assert sorted((len(window.uncertain), len(window.rows)) for window in windows) == [(0, 6), (2, 0), (2, 2)]
    assert {row.id for window in windows for row in window.rows if row.before} == {row.id for row in first.rows[4:6]}
    assert not claims.claim(many=12).looked


@pytest.mark.parametrize("written", [0, 1, 2, 3], ids=["none", "one", "two", "three"])
def test_of_a_dead_workers_texts_only_the_window_in_its_hands_is_left_to_a_person(written: int) -> None:
    alert = texts(11)
    letter = Letter.open(alert.ref)
    window = letter.claims.claim(many=4 * WINDOW)
    for number in range(written):
        these, following = (window.rows[place * WINDOW : (place + 1) * WINDOW] for place in (number, number + 1))
        taken = [Outcome(row, "text", Handover(letter.reference(row), Fate.ACCEPTED, f"p-{row.id}")) for row in these]
        record(letter, taken, Hold(window.lease, following[-1].id))
    lapse()

    actions.dispatch(message_ref=alert.ref)

    perhaps = written * WINDOW
    assert [state for state, _ in states_of(alert)] == [
        "uncertain" if perhaps <= place < perhaps + WINDOW else "accepted" for place in range(11)
    ]
    assert len(Mail.got) == 11 - perhaps - WINDOW


def test_a_worker_that_stood_still_hands_over_no_more_of_its_claim_when_another_has_it() -> None:
    alert = texts(30)
    others: list[Row] = []
    # In the first window of its second claim, which has two.
    Mail.meanwhile[3] = lambda: others.extend(taken_over(alert))

    actions.dispatch(message_ref=alert.ref)

    rows = list(alert.deliveries.order_by("id").values_list("pk", flat=True))
    assert len(Mail.got) == 4
    assert sorted(row.id for row in others) == rows[4:]
    assert not any(row.before for row in others)
    # What it had in its hands it knows; the rest is the other's.
    assert states_of(alert) == [("accepted", 1)] * 4 + [("leased", 2)] * 2 + [("leased", 1)] * 24


def test_what_a_slow_worker_puts_back_is_not_what_another_has_by_now() -> None:
    alert = texts(8)
    slow = Letter.open(alert.ref)
    window = slow.claims.claim(many=8)
    others = taken_over(alert)
    handing = Handing(slow, window.lease)

    handing.put_back(window.rows)
    record(slow, handing.outcomes, Hold(window.lease))

    assert len(others) == 8 - WINDOW
    assert {row.id for row in others} == {row.pk for row in alert.deliveries.filter(state="leased")}
    assert Stretch.objects.filter(is_leased=True).exists()


def test_a_worker_that_wakes_puts_nothing_back_that_went_again_because_a_person_said_so() -> None:
    alert = texts(WINDOW)
    slow = Letter.open(alert.ref)
    window = slow.claims.claim(many=WINDOW)
    assert taken_over(alert) == []
    halting.decide(message_ref=alert.ref, channel="sms", again=True, officer=cast.oakes())
    again = Letter.open(alert.ref).claims.claim(many=WINDOW)
    handing = Handing(slow, window.lease)

    handing.put_back(window.rows)
    record(slow, handing.outcomes, Hold(window.lease))

    assert len(again.rows) == WINDOW
    assert states_of(alert) == [("leased", 2)] * WINDOW


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.BOUNCED])
def test_what_was_taken_stays_so_when_a_second_copy_of_it_is_refused(fate: Fate) -> None:
    alert = texts(1)
    letter = Letter.open(alert.ref)
    (row,) = letter.claims.claim(many=1).rows
    taken = Outcome(row, "text", Handover(letter.reference(row), Fate.ACCEPTED, "p-1"))
    refused = Outcome(row, "other", Handover(letter.reference(row), fate, detail="No."))

    record(letter, [taken], Hold())
    record(letter, [refused], Hold())

    kept = alert.deliveries.get()
    assert (kept.state, kept.gateway, kept.provider_ref, kept.detail) == ("accepted", "text", "p-1", "")


def test_what_lies_between_the_rows_of_another_claim_is_not_freed() -> None:
    alert = texts(8)
    claims = Letter.open(alert.ref).claims
    claims.claim(many=8)
    rows = list(alert.deliveries.order_by("id").values_list("pk", flat=True))
    Stretch.objects.create(
        message_id=alert.pk, lane=alert.lane, first_id=rows[4], last_id=rows[5], is_leased=True,
        at=clock.now() + dt.timedelta(minutes=1), looked_at=clock.now(),
    )  # fmt: skip
    lapse()

    claims.free()

    assert [state for state, _ in states_of(alert)] == ["leased"] * 2 + ["queued"] * 2 + ["leased"] * 2 + ["queued"] * 2


def test_a_claim_reads_what_it_takes_though_the_database_believes_that_there_are_few() -> None:
    message = newsletter(1)
    many = 6_000
    more = """
        INSERT INTO messaging_delivery (message_id, channel, address, lane, state, attempts, rung, next_at, gateway,
            provider_ref, detail)
        SELECT message_id, channel, place || address, lane, state, attempts, rung, next_at, gateway, provider_ref,
            detail
        FROM messaging_delivery, generate_series(1, %s) AS place WHERE message_id = %s ORDER BY messaging_delivery.id
    """
    with connection.cursor() as cursor:
        cursor.execute(more, [many, message.pk])
        cursor.execute("DELETE FROM messaging_delivery WHERE member_id IS NULL")
        # As a vacuum that comes by while rows are being written: pages, and next to nothing on them.
        cursor.execute("ANALYZE messaging_delivery")
        cursor.execute(more, [many, message.pk])
        before = rows_read()
        with prepared.planned_once():
            window = Letter.open(message.ref).claims.claim()
        read = rows_read() - before

    assert len(window.rows) == WINDOW
    assert read < 100


@pytest.fixture(params=["letters", "texts"])
def queued(request: pytest.FixtureRequest) -> Callable[[int], Message]:
    """Give a way to queue so many, of each kind."""
    return newsletter if request.param == "letters" else texts


def test_everything_goes_once_in_growing_claims(queued: Callable[[int], Message]) -> None:
    news = queued(40)

    dealt_with = actions.dispatch(message_ref=news.ref)

    assert dealt_with == len(Mail.got) == 40
    assert states_of(news) == [("accepted", 1)] * 40


def test_a_pause_in_the_middle_of_a_claim_is_seen_after_its_window_and_the_rest_waits_as_if_never_claimed(
    queued: Callable[[int], Message],
) -> None:
    news = queued(30)
    Mail.meanwhile[3] = lambda: actions.pause(about=news.about, actor="officer:TEST22")

    actions.dispatch(message_ref=news.ref)
    at_the_pause = states_of(news)
    actions.resume(about=news.about, actor="officer:TEST22")
    actions.dispatch(message_ref=news.ref)

    # One window of the first claim, one of the second, which had two.
    assert at_the_pause == [("accepted", 1)] * 4 + [("queued", 0)] * 26
    assert states_of(news) == [("accepted", 1)] * 30
    assert len(Mail.got) == 30


def test_what_is_taken_back_in_the_middle_of_a_claim_is_cancelled_from_the_next_window_on(
    queued: Callable[[int], Message],
) -> None:
    news = queued(30)
    Mail.meanwhile[3] = lambda: actions.cancel(about=news.about)

    actions.dispatch(message_ref=news.ref)

    assert [state for state, _ in states_of(news)] == ["accepted"] * 4 + ["cancelled"] * 26


def test_an_urgent_alert_passes_between_two_windows_of_a_claim(queued: Callable[[int], Message]) -> None:
    news = queued(30)
    reader = builders.member(mobile=None, email="urgent@doggerland.example")
    Mail.meanwhile[3] = lambda: alert_to(reader, about="alert:CCCCCC", channels=(Channel.EMAIL,))

    actions.dispatch(message_ref=news.ref)

    urgent = Message.objects.filter(about="alert:CCCCCC")
    assert urgent.count() == 1
    assert [state for state, _ in states_of(news)] == ["accepted"] * 4 + ["queued"] * 26


def test_when_all_sending_stops_the_rest_of_a_claim_waits(queued: Callable[[int], Message]) -> None:
    news = queued(30)

    def stop() -> None:
        Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="A wrong number went out.")
        routing.forget()

    Mail.meanwhile[3] = stop

    actions.dispatch(message_ref=news.ref)

    assert states_of(news) == [("accepted", 1)] * 4 + [("queued", 0)] * 26


def test_where_a_provider_wants_nothing_for_now_the_rest_of_a_claim_waits_too_and_counts_as_no_attempt() -> None:
    Mail.wait_from = 4
    news = newsletter(60)

    actions.dispatch(message_ref=news.ref)

    assert states_of(news) == [("accepted", 1)] * 4 + [("queued", 0)] * 56
    waits = {row.next_at > clock.now() + dt.timedelta(seconds=20) for row in Delivery.objects.filter(state="queued")}
    assert waits == {True, False}  # those that it refused, and those that it was not asked for


@pytest.mark.parametrize(
    ("many", "seconds", "left", "expected"),
    [
        (2, 0.01, 1000, 4),  # quick: more
        (8, 0.01, 1000, 8),  # four windows are enough
        (8, 0.2, 1000, 8),
        (8, 0.5, 1000, 4),  # slow: fewer
        (2, 9.0, 1000, 2),
        (8, 0.01, 12, 3),  # little is left, which others may share
        (8, 0.01, 0, 2),
    ],
)
def test_the_next_claim_is_of_more_where_it_goes_quickly(many: int, seconds: float, left: int, expected: int) -> None:
    assert _next_claim(Window(many=many, left=left), many, seconds) == expected
