"""Who goes first: what is urgent passes a newsletter in flight, messages of one lane take turns, and pauses hold."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest
import time_machine
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.handing import DrillError, Handing
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.models import Halt, Message, Stretch
from hueandcry.domain.messaging.rules import DeliveryState, Lane, MessageKind
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock, jobs
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
# No test here needs more than a dozen.
MOST_JOBS = 100
PHONES = [f"+4477009001{number:02}" for number in range(40)]


class Outside:
    """A provider that does what its test says, and remembers in which order it got what."""

    name = "outside"
    channel = "sms"
    again = Again.NEVER
    got: ClassVar[list[str]] = []
    meanwhile: ClassVar[list[Any]] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            self.got.append(message.body)
            if self.meanwhile:
                self.meanwhile.pop(0)()
            yield self.answer(message)

    def answer(self, message: Outgoing) -> Handover:
        return Handover(message.reference, Fate.ACCEPTED, f"p-{message.reference}")

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


class Second(Outside):
    """Another one."""

    name = "second"
    got: ClassVar[list[str]] = []


class Busy(Outside):
    """Takes nothing for now; says so of each message."""

    name = "busy"
    got: ClassVar[list[str]] = []
    wait_s: ClassVar[float | None] = None

    def answer(self, message: Outgoing) -> Handover:
        return Handover(message.reference, Fate.UNKNOWN, detail="Busy.", try_again=True, wait_s=self.wait_s)


class Mute(Outside):
    """Takes messages and never answers."""

    name = "mute"
    got: ClassVar[list[str]] = []

    def answer(self, message: Outgoing) -> Handover:
        return Handover(message.reference, Fate.UNKNOWN, detail="No answer.", try_again=True, perhaps=True)


class MuteMail(Mute):
    """The same for letters: one that comes twice is known as the same."""

    name = "mute-mail"
    again = Again.SAME


class Keeper(Outside):
    """Keeps the whole of what it gets."""

    name = "keeper"
    channel = "voice"
    kept: ClassVar[list[Outgoing]] = []

    def answer(self, message: Outgoing) -> Handover:
        self.kept.append(message)
        return super().answer(message)


@pytest.fixture
def through(settings: Any) -> Iterator[Any]:
    """Set these providers for texts, and forget what the process knew of others."""

    def use(*providers: type[Outside]) -> None:
        settings.GATEWAYS = {**settings.GATEWAYS, "sms": " ".join(f"{__name__}.{one.__name__}" for one in providers)}
        registry.routes_for.cache_clear()
        routing.forget()
        for one in (Outside, Second, Busy, Mute, MuteMail):
            one.got.clear()
        Outside.meanwhile.clear()
        Busy.wait_s = None

    yield use
    registry.routes_for.cache_clear()
    routing.forget()


def text_of(words: str) -> Any:
    return type(WORDS)(text=words, spoken=words, subject=words, email=words)


def newsletter(many: int, **fields: Any) -> Message:
    members = [builders.member(mobile=phone) for phone in PHONES[:many]]
    defaults = {"about": "alert:BBBBBB", "lane": Lane.BULK, "words": text_of("news")}
    return alert_to(*members, **{**defaults, **fields})


def run_jobs() -> None:
    """Do the dispatches that wait, as a worker takes them: by priority, then as they came.

    Raises:
        AssertionError: they never end: each asks for itself again, as where two messages let one another pass.
    """
    waiting = ProcrastinateJob.objects.filter(task_name="messaging.dispatch", status="todo", scheduled_at=None)
    done: list[str] = []
    while (job := waiting.order_by("-priority", "id").first()) is not None:
        assert len(done) < MOST_JOBS, f"The jobs never end; the last were of {done[-6:]}."
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
        ref = job.args["subject"].partition(":")[2]
        actions.dispatch(message_ref=ref)
        done.append(ref)


# ---------------------------------------------------------------- lanes


def test_an_urgent_alert_overtakes_a_newsletter_in_flight(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 8  # windows of four
    newsletter(20)
    urgent = [builders.member(mobile=phone) for phone in PHONES[20:26]]
    Outside.meanwhile.append(lambda: alert_to(*urgent, about="alert:CCCCCC", words=text_of("urgent")))

    run_jobs()

    # The window that was out when it came, then all of the urgent, then the rest.
    assert Outside.got == ["news"] * 4 + ["urgent"] * 6 + ["news"] * 16


def test_each_window_of_a_newsletter_lets_pass_what_came_since(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 4
    newsletter(6)
    for number in range(2):
        urgent = builders.member(mobile=PHONES[30 + number])
        Outside.meanwhile += [
            lambda urgent=urgent: alert_to(urgent, about="alert:CCCCCC", words=text_of("urgent")),
            *[lambda: None] * 2,
        ]

    run_jobs()

    assert Outside.got == ["news"] * 2 + ["urgent"] + ["news"] * 2 + ["urgent"] + ["news"] * 2


def test_what_is_held_up_itself_holds_up_nobody(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 4
    paused, later = (builders.member(mobile=phone) for phone in PHONES[20:22])
    alert_to(paused, about="alert:PPPPPP")
    actions.pause(about="alert:PPPPPP", actor="officer:TEST22")
    alert_to(later, about="alert:LLLLLL", not_before=clock.now() + dt.timedelta(hours=1))
    news = newsletter(6)

    actions.dispatch(message_ref=news.ref)

    assert Outside.got == ["news"] * 6


def test_urgent_jobs_go_first_and_into_a_queue_that_every_worker_keeps_a_hand_free_for() -> None:
    for priority in (Priority.NEWSLETTER, Priority.IMPORTANT, Priority.URGENT):
        alert_to(builders.member(), about=f"alert:{priority.name[:6]}", lane=None, priority=priority)
    asked = ProcrastinateJob.objects.filter(task_name="messaging.dispatch").order_by("-priority")

    assert [(job.queue_name, job.priority) for job in asked] == [
        (jobs.URGENT_QUEUE, jobs.URGENT), (jobs.QUEUE, 50), (jobs.QUEUE, -10),
    ]  # fmt: skip


def test_messages_of_one_lane_take_turns(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 2
    with time_machine.travel(NOON + dt.timedelta(days=400), tick=False) as now:
        members = [builders.member(mobile=phone) for phone in PHONES[:6]]
        for words in ("one", "two"):
            alert_to(*members[:3], about=f"alert:{words.upper() * 2}", lane=Lane.NORMAL, words=text_of(words))
        Outside.meanwhile += [lambda: now.shift(dt.timedelta(seconds=1))] * 6
        # The jobs were asked for when the database's clock was earlier.
        run_jobs()

    assert Outside.got == ["one", "two"] * 3


def test_a_bulk_message_does_not_make_room_for_another_of_a_later_lane(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 2
    with time_machine.travel(NOON + dt.timedelta(days=400), tick=False) as now:
        newsletter(2)
        alert_to(*[builders.member(mobile=phone) for phone in PHONES[20:23]], words=text_of("urgent"))
        Outside.meanwhile += [lambda: now.shift(dt.timedelta(seconds=1))] * 9
        run_jobs()

    assert Outside.got == ["urgent"] * 3 + ["news"] * 2


# ---------------------------------------------------------------- pauses and the kill switch


def test_a_pause_is_seen_within_a_window_and_what_waits_goes_on_afterwards(through: Any, settings: Any) -> None:
    through(Outside)
    settings.SEND_WINDOW = 4
    news = newsletter(7)
    Outside.meanwhile.append(lambda: actions.pause(about=news.about, actor="officer:TEST22"))

    actions.dispatch(message_ref=news.ref)
    at_the_pause = len(Outside.got)
    while_paused = [actions.dispatch(message_ref=news.ref), actions.sweep()]
    assert actions.resume(about=news.about, actor="officer:TEST22") == 1
    run_jobs()

    assert at_the_pause == 2
    assert while_paused == [0, 0]
    assert len(Outside.got) == 7


def test_a_pause_twice_is_one_and_a_reply_to_one_person_is_not_held_back() -> None:
    member = builders.member(mobile=PHONES[0])
    alert = alert_to(member)
    thanks = alert_to(member, kind=MessageKind.ENDING, channels=(Channel.SMS,))

    paused = [actions.pause(about=alert.about, actor="officer:TEST22") for _ in range(2)]
    for message in (alert, thanks):
        actions.dispatch(message_ref=message.ref)

    assert paused == [1, 0]
    assert [message.deliveries.get().state for message in (alert, thanks)] == ["queued", "delivered"]


def test_what_is_taken_back_or_over_while_it_pauses_ends() -> None:
    taken_back = alert_to(builders.member(mobile=PHONES[0]), about="alert:TTTTTT")
    over = alert_to(builders.member(mobile=PHONES[1]), about="alert:VVVVVV")
    for message in (taken_back, over):
        actions.pause(about=message.about, actor="officer:TEST22")
    actions.cancel(about=taken_back.about)
    Message.objects.filter(pk=over.pk).update(expires_at=clock.now() - dt.timedelta(seconds=1))

    swept = actions.sweep()
    run_jobs()

    assert swept == 2
    assert [message.deliveries.get().state for message in (taken_back, over)] == ["cancelled", "expired"]


def test_while_all_sending_is_stopped_everything_stays_queued_and_then_goes_on() -> None:
    alert, news = alert_to(builders.member(mobile=PHONES[20])), newsletter(2)
    halt = Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="A wrong number went out.")
    routing.forget()

    run_jobs()
    states = {row.state for message in (alert, news) for row in message.deliveries.all()}
    halt.lifted_at = clock.now()
    halt.save()
    routing.forget()
    actions.sweep()
    run_jobs()

    assert states == {DeliveryState.QUEUED}
    assert {row.state for message in (alert, news) for row in message.deliveries.all()} == {DeliveryState.DELIVERED}


# ---------------------------------------------------------------- exercises


def test_an_exercise_goes_to_the_sandbox_whatever_is_set(through: Any) -> None:
    through(Outside, Second)
    drill = alert_to(builders.member(mobile=PHONES[0]), is_drill=True)

    actions.dispatch(message_ref=drill.ref)

    assert (Outside.got, Second.got) == ([], [])
    assert by_phone(PHONES[0]) == [WORDS.text]
    assert drill.deliveries.get().gateway == "sandbox-text"


def test_an_exercise_that_is_about_to_leave_the_sandbox_is_stopped_before_anything_goes(through: Any) -> None:
    through(Outside)
    drill = alert_to(builders.member(mobile=PHONES[0]), is_drill=True)
    window = Letter.open(drill.ref).claims.claim()
    live = registry.routes_for("sms")[0]

    with pytest.raises(DrillError):
        Handing(Letter.open(drill.ref))._hand(Channel.SMS, live, list(window.rows), frozenset())

    assert Outside.got == []


# ---------------------------------------------------------------- several providers, and what they do not say


def test_what_one_provider_refuses_for_now_goes_to_the_other_at_once(through: Any) -> None:
    through(Busy, Second)
    message = alert_to(*(builders.member(mobile=phone) for phone in PHONES[:6]))

    actions.dispatch(message_ref=message.ref)

    assert {(row.state, row.gateway, row.attempts) for row in message.deliveries.all()} == {("accepted", "second", 1)}
    assert len(Second.got) == 6


def test_what_all_refuse_for_now_comes_back_with_the_reason_and_meant_for_nobody(through: Any) -> None:
    through(Busy)
    message = alert_to(builders.member(mobile=PHONES[0]))

    actions.dispatch(message_ref=message.ref)

    row = message.deliveries.get()
    assert (row.state, row.attempts, row.detail, row.gateway) == ("queued", 1, "Busy.", "")


def test_what_a_provider_wants_later_waits_so_long_and_counts_as_no_attempt(through: Any) -> None:
    through(Busy)
    Busy.wait_s = 40.0
    with time_machine.travel(NOON + dt.timedelta(days=400), tick=False):
        message = alert_to(builders.member(mobile=PHONES[0]))
        actions.dispatch(message_ref=message.ref)
        row = message.deliveries.get()
        waits = row.next_at - clock.now()

    assert (row.state, row.attempts, waits) == ("queued", 0, dt.timedelta(seconds=40))


def test_a_text_that_went_without_an_answer_is_for_a_person_and_goes_by_no_other_provider(through: Any) -> None:
    through(Mute, Second)
    message = alert_to(*(builders.member(mobile=phone) for phone in PHONES[:4]))

    run_jobs()

    states = {row.gateway: row.state for row in message.deliveries.all()}
    assert states == {"mute": "uncertain", "second": "accepted"}
    assert len(Mute.got) + len(Second.got) == 4


def test_what_may_come_twice_as_the_same_goes_again_to_the_same_provider(through: Any) -> None:
    through(MuteMail, Second)
    message = alert_to(*(builders.member(mobile=phone) for phone in PHONES[:4]))
    actions.dispatch(message_ref=message.ref)
    owed = message.deliveries.filter(gateway="mute-mail")
    first = [(row.state, row.attempts) for row in owed]
    message.deliveries.update(next_at=clock.now())
    Stretch.objects.update(at=clock.now())

    actions.dispatch(message_ref=message.ref)

    assert first == [("queued", 1)] * 2
    assert {(row.state, row.attempts) for row in owed.all()} == {("queued", 2)}
    assert (len(MuteMail.got), len(Second.got)) == (4, 2)


def test_what_went_without_an_answer_and_is_then_taken_back_was_perhaps_sent(through: Any) -> None:
    through(MuteMail)
    message = alert_to(builders.member(mobile=PHONES[0]))
    actions.dispatch(message_ref=message.ref)

    actions.cancel(about=message.about)

    assert message.deliveries.get().state == DeliveryState.UNCERTAIN


def test_a_provider_gets_what_else_it_may_want_to_know(through: Any, settings: Any) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "voice": f"{__name__}.Keeper"}
    through(Outside)
    Keeper.kept.clear()
    ends = clock.now() + dt.timedelta(hours=2)
    member = builders.member(mobile=None, landline="+442079460101", language="cy")

    actions.dispatch(message_ref=alert_to(member, expires_at=ends).ref)

    (call,) = Keeper.kept
    assert (call.body, call.short, call.until, call.urgent) == (WORDS.spoken, WORDS.text, ends, True)
    # It is said in the language of its words, whatever the member chose.
    assert call.language == "en"
    # A call carries no link: nobody's own page is looked up for it.
    assert call.link == "http://localhost:8000/"
