"""Watch a night of hare coursing in the made-up force: the whole chain, told here and seen in the browser."""

import argparse
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts import queries as alert_questions
from hueandcry.domain.alerts.rules import Sighting, Urgency, Words
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.rules import AudienceQuestion, Channel, SchemeKind, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as message_questions
from hueandcry.domain.messaging.rules import MessageKind, Phone, Progress
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import Circle, Found
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports import queries as report_questions
from hueandcry.domain.reports.rules import Reading
from hueandcry.kit import clock, grid, jobs

BRIDGE = "Ouzel Bridge"
RADIUS_M = 12_000
PATIENCE = 120
LOOK_EVERY = 0.2


class StoryError(RuntimeError):
    """The story cannot go on, in a sentence that says what to do."""


@dataclass
class Night:
    """Who plays, where, and what has come of it so far."""

    console: Console
    pause: float
    cast: dict[Role, Officer]
    scene: Found
    told: list[dict[str, Any]] = field(default_factory=list)

    def say(self, who: str, what: str, look: str = "") -> None:
        """Tell one step, and where to see it."""
        self.console.print(f"[bold]{timezone.localtime(clock.now()):%H:%M:%S}  {who}[/bold]  {what}", highlight=False)
        if look:
            self.console.print(f"          [dim]see {settings.SITE_ADDRESS}{look}[/dim]", highlight=False)
        time.sleep(self.pause)


def add(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `hueandcry story`."""
    parser.add_argument("--pause", type=float, default=2.0, help="seconds to read after each step (2)")
    parser.add_argument("--json", action="store_true", help="print who was reached, by what, in how many seconds")


def run(args: argparse.Namespace) -> int:
    """Play the night through; every step is an action of the program itself, and workers do the sending.

    Raises:
        StoryError: this is not the demonstration, or nothing moves.
    """
    if not settings.DEMONSTRATION:
        raise StoryError("The story plays only in the demonstration: type DEMONSTRATION=1 hueandcry story.")
    console = Console(quiet=args.json)
    with _workers():
        night = _open(console, pause=0 if args.json else args.pause)
        tell(night)
    if args.json:
        print(json.dumps(night.told))
    return 0


def tell(night: Night) -> None:
    """Play the night: alert, answers, relay, stand-down, endings."""
    ref = _alert(night)
    _answers(night, ref)
    relay = _relay(night, ref)
    _stand_down(night, ref, relay)
    _endings(night, ref)
    _summary(night)


# ---------------------------------------------------------------- the steps


def _alert(night: Night) -> str:
    amos, birch = night.cast[Role.CONSTABLE], night.cast[Role.SERGEANT]
    night.say(
        "Control room", f"A call: men with dogs running hares on the stubble by {BRIDGE}, a grey pick-up with them."
    )
    now = clock.now()
    alert = alerts.draft(
        officer=amos,
        topic="hare-coursing",
        words=Words(
            headline=f"Hare coursing near {BRIDGE}",
            what="Men with dogs, grey pick-up",
            where=BRIDGE,
            ask="Seen them, or which way they went?",
        ),
        level=Tier.VETTED,
        urgency=Urgency.NOW,
        occurred_at=now - dt.timedelta(minutes=5),
        expires_at=now + dt.timedelta(hours=6),
        point=night.scene.point,
        uncertainty_m=night.scene.uncertainty_m,
    )
    page = f"/desk/alerts/{alert.ref}/"
    night.say(_name(amos), f"drafts alert {alert.ref} on his phone.", page)
    question = AudienceQuestion(
        organisation_id=amos.organisation_id,
        circles=(Circle(night.scene.point.lon, night.scene.point.lat, RADIUS_M),),
        scheme_kinds=(SchemeKind.FARM,),
        lowest_tier=Tier.VETTED,
    )
    alerts.choose_audience(alert_ref=alert.ref, officer=amos, question=question)
    alerts.answer_suspect(alert_ref=alert.ref, officer=amos, answer=Suspect.HARMLESS)
    night.say(_name(amos), "answers the question whether a suspect could read it: it would do no harm.")
    for finding in alert_questions.findings(alert=alert_questions.get_alert(officer=amos, ref=alert.ref)):
        night.say("The send check", finding.sentence)
    alerts.submit(alert_ref=alert.ref, officer=amos)
    night.say(_name(amos), "has it checked and asks for a second officer.")
    alerts.approve(alert_ref=alert.ref, officer=birch)
    night.say(_name(birch), "reads it and releases it: four eyes, one press.", page)
    _report_reach(night, "alert", f"alert:{alert.ref}", [MessageKind.ALERT])
    return alert.ref


def _answers(night: Night, ref: str) -> None:
    phones = [
        phone
        for phone in message_questions.sandbox_phones(about=f"alert:{ref}", most=60)
        if phone.channel == Channel.SMS and not phone.address.endswith(("996", "997", "998"))
    ]
    texts = _texts(night)
    if len(phones) < len(texts):
        raise StoryError("Too few phones were reached. Type `rm -r var` and `make run` for a fresh force.")
    before = len(_reports(night, ref))
    for phone, (text, why) in zip(phones, texts, strict=False):
        messaging.type_on_phone(address=phone.address, body=text)
        night.say(f"Phone {_half_hidden(phone)}", f"“{text}”  [dim]({why})[/dim]", "/phones/")
    _wait(lambda: len(_reports(night, ref)) >= before + len(texts), "the answers are in the inbox")
    for line in _reports(night, ref):
        night.say("Inbox", f"report {line.ref}: {Reading(line.reading).label.lower()}", f"/desk/inbox/{line.ref}/")
    night.say("Nobody", "was taken off the list: a text that only begins with “stop” is a report.")


def _texts(night: Night) -> Sequence[tuple[str, str]]:
    easting, northing = grid.to_grid(night.scene.point.lon, night.scene.point.lat)
    spot = grid.format(easting + 900, northing + 11_400, digits=6)
    return (
        ("Grey pick up just went past me reg YN5I KHB heading north, 3 men", "a plate with a typing slip: I for 1"),
        (
            f"Grey pick up in gateway {spot}, part plate ..51 K, dogs in the back",
            "part of a plate and a grid reference",
        ),
        ("Nothing here", "a no is an answer too"),
        ("Stop them! Tearing up my wheat", "not a STOP"),
    )


def _relay(night: Night, ref: str) -> str:
    oakes = night.cast[Role.OPERATOR]
    spotted = next(report for report in _reports(night, ref) if report.read_out.grid_refs)
    reports.consult(report=spotted, officer=oakes)
    reports.mark_read(report=spotted, officer=oakes)
    night.say(_name(oakes), "opens the one with the grid reference.", f"/desk/inbox/{spotted.ref}/")
    seen = report_questions.proposal(officer=oakes, report=spotted, tier=Tier.VETTED)
    sighting = Sighting(seen_at=spotted.received_at, **asdict(seen))
    relay = alerts.relay(officer=oakes, alert_ref=ref, sighting=sighting, report_ref=spotted.ref)
    night.say(
        _name(oakes),
        f"relays it in one press as alert {relay.ref}, to the next farms: “{sighting.what}, {sighting.where}”. "
        "Who said it stays here.",
        f"/desk/alerts/{relay.ref}/",
    )
    _report_reach(night, "relay", f"alert:{relay.ref}", [MessageKind.ALERT])
    return str(relay.ref)


def _stand_down(night: Night, ref: str, relay: str) -> None:
    birch = night.cast[Role.SERGEANT]
    night.say("Patrol", "has stopped the pick-up: three men reported, two dogs taken.")
    alerts.stand_down(alert_ref=ref, officer=birch, reason="Police have dealt with it")
    night.say(_name(birch), "stands the alert and its relay down.", f"/desk/alerts/{ref}/")
    for about in (ref, relay):
        _report_reach(night, "stand-down", f"alert:{about}", [MessageKind.STAND_DOWN])


def _endings(night: Night, ref: str) -> None:
    birch = night.cast[Role.SERGEANT]
    ending = "Three men were reported and two dogs taken. What people told us led the patrol there."
    alerts.end(alert_ref=ref, officer=birch, ending=ending)
    night.say(_name(birch), "tells everyone who answered what came of it.", f"/desk/alerts/{ref}/")
    _report_reach(night, "ending", f"alert:{ref}", [MessageKind.ENDING])


# ---------------------------------------------------------------- what is shown


def _report_reach(night: Night, step: str, about: str, kinds: Sequence[MessageKind]) -> None:
    def stands() -> Progress:
        return message_questions.progress(about=about, kinds=kinds)

    _wait(lambda: stands().total > 0 and stands().waiting == 0, f"the {step} has gone out")
    progress = stands()
    channels = {channel: sum(states.values()) for channel, states in progress.by_channel.items()}
    seconds = round(progress.last_after or 0, 2)
    words = ", ".join(f"{count} by {Channel(channel).label.lower()}" for channel, count in sorted(channels.items()))
    night.say("Out", f"{progress.total} people in {seconds:.1f} s: {words}.")
    night.told.append(
        {"step": step, "about": about, "people": progress.total, "channels": channels, "seconds": seconds}
    )


def _summary(night: Night) -> None:
    table = Table("step", *(channel.label for channel in Channel), "people", "seconds to the last", title="The night")
    for line in night.told:
        counts = [str(line["channels"].get(channel.value, 0)) for channel in Channel]
        table.add_row(line["step"], *counts, str(line["people"]), f"{line['seconds']:.1f}")
    night.console.print(table)
    night.console.print(
        f"Look round at {settings.SITE_ADDRESS}/demonstration/ , the phones at /phones/ .", highlight=False
    )


def _name(officer: Officer) -> str:
    return officer.get_full_name()


def _half_hidden(phone: Phone) -> str:
    return f"…{phone.address[-4:]}"


def _reports(night: Night, ref: str) -> Sequence[Any]:
    return report_questions.for_alert(officer=night.cast[Role.OPERATOR], about=f"alert:{ref}")


# ---------------------------------------------------------------- the stage


def _open(console: Console, pause: float) -> Night:
    cast: dict[Role, Officer] = {}
    for officer in organisations.demo_officers():
        for role in officer.roles:
            cast.setdefault(Role(role), officer)
    if not {Role.CONSTABLE, Role.SERGEANT, Role.OPERATOR} <= set(cast):
        raise StoryError("There is no made-up force yet: type `make run` first.")
    return Night(console=console, pause=pause, cast=cast, scene=places.find(text=BRIDGE)[0])


def _wait(done: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > until:
            raise StoryError(f"Waited {PATIENCE} s until {what}. Are workers alive? Type `hueandcry doctor`.")
        time.sleep(LOOK_EVERY)


@contextmanager
def _workers() -> Iterator[None]:
    """Keep a worker of our own for the time of the story, unless one is alive already."""
    if jobs.workers_alive():
        yield
        return
    child = subprocess.Popen([sys.executable, "-m", "hueandcry.console.main", "work"])
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)
