"""The life of deliveries in whatever order things happen: workers that die or come late, receipts, people, recalls.

A provider outside knows what it truly took. Whatever happened, nothing that it took is ever said not to be sent,
nothing goes twice that would cost twice, and nothing is forgotten.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hueandcry.domain.members.models import Member
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import halting, routing
from hueandcry.domain.messaging.actions.claiming import Row, Window, window_size
from hueandcry.domain.messaging.actions.handing import Handing
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.recording import Hold, follow_uncertain, record
from hueandcry.domain.messaging.actions.running import _hold
from hueandcry.domain.messaging.models import Delivery, Provider, Stretch
from hueandcry.domain.messaging.rules import DUE, RANK, DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.routing import DECIDED
from hueandcry.domain.organisations.models import Officer
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import alert_to, lapse

pytestmark = pytest.mark.django_db
TEXTS, LETTERS = 6, 3
# What a provider does with one message, and whether it has it then.
TAKES, OWN_WORD, REFUSES, LATER, MUTE_TOOK, MUTE_LOST, FORGETS_TO_SAY, DIES = range(8)
HAS_IT = (TAKES, OWN_WORD, MUTE_TOOK, FORGETS_TO_SAY)
# The provider says of none of these that it has it, or we say it: it was not sent.
NOT_SENT = (DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.STOPPED)
FATES = (Fate.ACCEPTED, Fate.DELIVERED, Fate.FAILED, Fate.BOUNCED, Fate.SEEN, Fate.UNKNOWN)
FATES_TOLD = some.lists(some.sampled_from(FATES), min_size=1, max_size=4)


class DiedError(Exception):
    """The worker is killed at this message."""


class Outside:
    """A provider that does what the machine says, and knows what it took."""

    name = "outside"
    channel = "sms"
    again = Again.NEVER
    script: ClassVar[list[int]] = []
    took: ClassVar[Counter[str]] = Counter()
    words: ClassVar[dict[str, tuple[str, str]]] = {}

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            does = self.script.pop(0) if self.script else TAKES
            if does == DIES:
                raise DiedError
            if does in HAS_IT:
                self.took[message.reference] += 1
            word = f"far{message.reference[::-1]}" if does == OWN_WORD else f"p-{message.reference}"
            if does in HAS_IT:
                self.words[message.reference] = self.name, word
            if does == FORGETS_TO_SAY:
                continue
            if does in {TAKES, OWN_WORD}:
                yield Handover(message.reference, Fate.ACCEPTED, word)
            elif does == REFUSES:
                yield Handover(message.reference, Fate.FAILED, detail="No.")
            else:
                perhaps = does in {MUTE_TOOK, MUTE_LOST}
                yield Handover(message.reference, Fate.UNKNOWN, detail="?", try_again=True, perhaps=perhaps, wait_s=0.0)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


class OutsideMail(Outside):
    """The same for letters: one that comes twice is known as the same."""

    name = "outside-mail"
    channel = "email"
    again = Again.SAME


@dataclass
class Worker:
    """One worker with a claim in its hands, a window of it handed over or not."""

    letter: Letter
    claim: Window
    handing: Handing = field(init=False)
    first: int = 0
    sent: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        self.handing = Handing(self.letter)

    @property
    def rows(self) -> Sequence[Row]:
        """Return the window that it hands over now."""
        return self.claim.rows[self.first : self.first + window_size()]

    @property
    def rest(self) -> Sequence[Row]:
        """Return what comes after that."""
        return self.claim.rows[self.first + window_size() :]

    def write(self) -> bool:
        """Write what it knows; say whether it goes on with the rest."""
        rest, end = self.rest, Hold(self.claim.lease)
        hold = _hold(self.claim, rest[: window_size()]) if self.whole else Hold()
        standing = record(self.letter, self.handing.outcomes, hold)
        if not (rest and self.whole and standing.ours):
            return False
        if standing.cancelled or standing.waits:
            back = Handing(self.letter)
            back.put_back(rest)
            record(self.letter, back.outcomes, end)
            return False
        self.first += window_size()
        self.handing, self.sent, self.whole = Handing(self.letter), False, False
        return True


class Lives(RuleBasedStateMachine):
    """One alert to some texts and some letters."""

    def __init__(self) -> None:
        super().__init__()
        self.workers: list[Worker] = []
        self.pressed: Counter[str] = Counter()
        self.told: dict[int, int] = {}
        self.waiting: list[Receipt] = []
        self.place = transaction.atomic()
        self.place.__enter__()

    @initialize()
    def write(self) -> None:
        Outside.script.clear()
        Outside.took.clear()
        Outside.words.clear()
        routing.forget()
        people = list(Member.objects.order_by("pk"))
        self.message = alert_to(*people)
        self.noise = alert_to(people[0], about="alert:NQJSE2")
        self.person = Officer.objects.get()
        self.many = self.message.deliveries.count()

    def teardown(self) -> None:
        try:
            if hasattr(self, "message"):
                self.all_comes_to_an_end()
        finally:
            transaction.set_rollback(True)
            self.place.__exit__(None, None, None)

    # ------------------------------------------------------------ what may happen

    @rule(windows=some.integers(1, 3))
    def a_worker_claims(self, windows: int) -> None:
        letter = Letter.open(self.message.ref)
        window = letter.claims.claim(gives_way=False, many=windows * window_size())
        if window.lapsed:
            letter.claims.free()
        self.message.refresh_from_db()
        if self.message.paused_at or self.message.cancelled_at:
            assert not window.rows
        if window.uncertain:
            follow_uncertain(letter, window.uncertain)
        if window.rows:
            self.workers.append(Worker(letter, window))

    @rule(script=some.lists(some.sampled_from(range(8)), max_size=4), windows=some.integers(1, 3))
    def another_claims_and_hands_over(self, script: list[int], windows: int) -> None:
        self.a_worker_claims(windows)
        if any(not one.sent for one in self.workers):
            self.it_hands_over(script, -1, looks=True)

    @rule()
    def a_slow_one_is_overtaken(self) -> None:
        """Let one hand over and stand still until another has done its work; what it knows comes later, or never."""
        before = len(self.workers)
        self.another_claims_and_hands_over([], 2)
        self.time_goes_by()
        self.another_claims_and_hands_over([], 3)
        if len(self.workers) == before + 2:
            self.it_writes(-1)

    @precondition(lambda self: any(not one.sent for one in self.workers))
    @rule(script=some.lists(some.sampled_from(range(8)), max_size=4), which=some.integers(0, 3), looks=some.booleans())
    def it_hands_over(self, script: list[int], which: int, looks: bool) -> None:  # noqa: FBT001 - drawn
        fresh = [one for one in self.workers if not one.sent]
        worker = fresh[which % len(fresh)]
        mine = Stretch.objects.filter(pk=worker.claim.lease or 0, is_leased=True, at__gt=clock.now())
        # A worker that lost its lease hands nothing over (test_messaging_crash), unless it stood still after it looked.
        if looks and not mine.exists():
            self.workers.remove(worker)
            return
        # Providers that fail are left alone (test_messaging_routing): here they are asked all the same.
        Provider.objects.all().delete()
        routing.forget()
        Outside.script[:] = script
        try:
            worker.handing.send(worker.rows)
            worker.whole = True
        except DiedError:
            pass
        Outside.script.clear()
        worker.sent = True

    @precondition(lambda self: any(one.sent for one in self.workers))
    @rule(which=some.integers(0, 3))
    def it_writes(self, which: int) -> None:
        sent = [one for one in self.workers if one.sent]
        worker = sent[which % len(sent)]
        outcomes = worker.handing.outcomes
        if not worker.write():
            self.workers.remove(worker)
        for outcome in outcomes:
            if not outcome.handover.try_again:
                self.note(outcome.row.id, DeliveryState(outcome.handover.fate.value))

    @precondition(lambda self: self.workers)
    @rule(which=some.integers(0, 3))
    def it_is_killed(self, which: int) -> None:
        self.workers.pop(which % len(self.workers))

    @rule()
    def time_goes_by(self) -> None:
        lapse()
        now = clock.now()
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_at=now)
        Stretch.objects.filter(is_leased=False).update(at=now)

    @precondition(lambda _: bool(Outside.words))
    @rule(each=some.booleans(), which=some.integers(0, 20), fates=FATES_TOLD)
    def receipts_come(self, each: bool, which: int, fates: list[Fate]) -> None:  # noqa: FBT001 - drawn
        words = [word for _, word in sorted(Outside.words.items())]
        come = [
            Receipt(gateway, word, fate, clock.now())
            for gateway, word in (words if each else [words[which % len(words)]])
            for fate in fates
        ]
        self.waiting += come
        actions.record_receipts(receipts=come)

    @rule(again=some.booleans(), channel=some.sampled_from(["sms", "email"]))
    def a_person_decides(self, again: bool, channel: str) -> None:  # noqa: FBT001 - drawn
        perhaps = self.message.deliveries.filter(state=DeliveryState.UNCERTAIN, channel=channel)
        rows = list(perhaps.exclude(detail=DECIDED))
        try:
            halting.decide(message_ref=self.message.ref, channel=channel, again=again, officer=self.person)
        except MessagingError:
            return
        for row in rows if again else ():
            self.pressed[self.reference(row.pk)] += 1
            self.told.pop(row.pk, None)

    @rule(what=some.integers(0, 11))
    def somebody_presses(self, what: int) -> None:
        """Hold it back, let it go on, or take it back: seldom, for then nothing happens any more."""
        if what in {0, 1}:
            actions.pause(about=self.message.about, actor="officer:TEST22")
        elif what < 6:
            actions.resume(about=self.message.about, actor="officer:TEST22")
        elif what == 6:
            actions.cancel(about=self.message.about)

    # ------------------------------------------------------------ what is always so

    @invariant()
    def all_is_well(self) -> None:
        if not hasattr(self, "message"):
            return
        rows = list(self.message.deliveries.all())
        stretches = list(Stretch.objects.filter(message=self.message).values_list("first_id", "last_id"))
        in_hand = {row.id for one in self.workers for row in one.claim.rows}
        assert len(rows) == self.many
        for row in rows:
            reference, state = self.reference(row.pk), DeliveryState(row.state)
            seen_to = row.pk in in_hand or any(first <= row.pk <= last for first, last in stretches)
            assert state not in DUE or seen_to, f"{row.pk} is due and nobody looks"
            assert row.channel != "sms" or Outside.took[reference] <= 1 + self.pressed[reference], "it went twice"
            assert RANK[state] >= self.told.get(row.pk, 0), "it went backwards"
            assert state not in NOT_SENT or not Outside.took[reference], "it went, and is said not to have gone"

    # ------------------------------------------------------------ the end

    def all_comes_to_an_end(self) -> None:
        """Let a last worker do what is left; then each row has an end, and it is true."""
        self.workers.clear()
        actions.resume(about=self.message.about, actor="officer:TEST22")
        for _ in range(20):
            self.time_goes_by()
            self.a_worker_claims(1)
            if self.workers:
                self.it_hands_over([], 0, looks=True)
            if self.workers:
                self.it_writes(0)
            if not self.message.deliveries.filter(state__in=DUE).exists():
                break
        actions.fold()
        for row in self.message.deliveries.all():
            took = Outside.took[self.reference(row.pk)]
            assert row.state not in DUE, f"{row.pk} is never finished"
            if row.state in {DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN}:
                assert took, f"{row.pk} is said to be out, and nobody has it"
            best = max((RANK[state] for state in self.known_of(row)), default=0)
            assert RANK[DeliveryState(row.state)] >= best, f"{row.pk}: a receipt was lost"
        self.all_is_well()
        assert self.noise.deliveries.get().state == DeliveryState.QUEUED

    def known_of(self, row: Delivery) -> Iterator[DeliveryState]:
        """Yield what receipts say of a row whose word from the provider was written."""
        for receipt in self.waiting:
            if receipt.provider_ref == row.provider_ref and receipt.fate != Fate.UNKNOWN:
                yield DeliveryState(receipt.fate.value)

    def note(self, pk: int, state: DeliveryState) -> None:
        self.told[pk] = max(self.told.get(pk, 0), RANK[state])

    def reference(self, pk: int) -> str:
        return f"{self.message.ref}-{pk}"


@pytest.fixture
def outside(settings: Any) -> Iterator[None]:
    """Set the providers outside, and windows of three."""
    settings.GATEWAYS = {"sms": f"{__name__}.Outside", "email": f"{__name__}.OutsideMail"}
    settings.SEND_WINDOW = 6
    registry.routes_for.cache_clear()
    routing.forget()
    yield
    registry.routes_for.cache_clear()
    routing.forget()


@pytest.mark.usefixtures("outside")
def test_in_whatever_order_things_happen_nothing_is_lost_or_doubled_or_said_wrongly() -> None:
    for number in range(TEXTS):
        builders.member(mobile=f"+4477009006{number:02}")
    for number in range(LETTERS):
        builders.member(mobile=None, email=f"m{number}@doggerland.example")
    cast.oakes()

    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            # To find the shortest way to a fault takes minutes: whoever looks for one adds Phase.shrink.
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
