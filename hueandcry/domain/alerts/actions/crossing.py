"""Handing over an alert that moves into the area of another force."""

import datetime as dt

from django.db import transaction

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.actions.composing import about, check_may, locked
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import bordering
from hueandcry.domain.alerts.queries.bordering import EVENT, Force
from hueandcry.domain.alerts.queries.moving import NextRing
from hueandcry.domain.alerts.rules import RUNNING, AlertError, Sighting, State, handing_over
from hueandcry.domain.alerts.rules.moves import said
from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.domain.messaging.actions.saying import say_to_one
from hueandcry.domain.messaging.rules import MessageKind, Words
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records import queries as records
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

# Two presses within so long are one.
PRESSED_TWICE = dt.timedelta(minutes=1)
# What became of it is still worth reading a day later.
HEARD_WITHIN = dt.timedelta(days=1)


@transaction.atomic
def hand_over(*, officer: Officer, alert_ref: str, report_ref: str, force: Force) -> bool:
    """Write down that another force was told; False when that was just written. Logged as `alert.handed_over`.

    Who was told and of which report is kept, never a word of it: the officer rang, or sent what the screen said.

    Raises:
        AlertError: the alert is over.
        NotHereError: there is none for this officer.
    """
    alert, report = _checked(officer, alert_ref), _named(report_ref)
    if _was_just_done(alert, force, report, by_mail=False):
        return False
    log(EVENT, subject=about(alert), actor=officer.as_actor(), to=force.to, report=report)
    return True


@transaction.atomic
def send(
    *, officer: Officer, alert_ref: str, report_ref: str, force: Force, sighting: Sighting, ring: NextRing
) -> bool:
    """Send a hand-over to the agreed e-mail address of another force; False when that was just done.

    It goes ahead of everything that can wait, and what becomes of the alert follows it there (`tell_forces`). No
    plate is in it. Logged as `alert.handed_over` with the message, and as `message.queued`.

    Raises:
        AlertError: the alert is over, no address is agreed, or the words hold what no e-mail may carry.
        NotHereError: there is none for this officer.
    """
    alert, report = _checked(officer, alert_ref), _named(report_ref)
    if not force.email:
        raise AlertError(f"No e-mail address is agreed with {force.name}: ring them and read it out.")
    words = f"{sighting.what}\n{sighting.where}\n{sighting.direction}"
    rules.refuse(rules.check_told(words, level=Tier.VETTED, now=clock.now()))
    if _was_just_done(alert, force, report, by_mail=True):
        return False
    subject, letter = bordering.letter_for(alert=alert, sighting=sighting, ring=ring, officer=officer)
    good_for = dt.timedelta(minutes=ring.choice.until_minutes) + handing_over.LASTS
    message = _mail(alert, force.email, subject, letter, good_for=good_for, actor=officer.as_actor())
    log(EVENT, subject=about(alert), actor=officer.as_actor(), to=force.to, report=report, message=message)
    return True


def tell_forces(*, alert: Alert, happened: str, actor: str) -> int:
    """Tell every force to which an alert was handed over by e-mail what became of it, once each; return how many."""
    lines = records.latest(subject=about(alert), event=EVENT)
    told = {str(line.facts["to"]).removeprefix("organisation:") for line in lines if line.facts.get("message")}
    if not told:
        return 0
    subject, words = handing_over.afterwards(
        ref=alert.ref, ours=organisations.force().name, happened=happened, is_drill=alert.is_drill
    )
    addresses = {one.hand_over_to for one in organisations.neighbours(refs=told) if one.hand_over_to}
    for address in sorted(addresses):
        _mail(alert, address, subject, words, good_for=HEARD_WITHIN, actor=actor)
    return len(addresses)


def _mail(alert: Alert, address: str, subject: str, words: str, *, good_for: dt.timedelta, actor: str) -> str:
    """Send one e-mail about an alert to another force, and return the message's name."""
    message = say_to_one(
        kind=MessageKind.CONTROL,
        about=about(alert),
        words=Words(text=words, spoken=words, subject=subject, email=words),
        member_id=None,
        channel=Channel.EMAIL,
        address=address,
        good_for=good_for,
        actor=actor,
    )
    return f"message:{message.ref}"


def _checked(officer: Officer, alert_ref: str) -> Alert:
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    if alert.state not in RUNNING:
        raise AlertError(f"This alert is {said(State(alert.state))}: ring the other force yourself if they must know.")
    return alert


def _named(report_ref: str) -> str:
    return f"report:{report_ref.removeprefix('report:')}"


def _was_just_done(alert: Alert, force: Force, report: str, *, by_mail: bool) -> bool:
    """Say whether the same was handed over by the same way within the last minute."""
    lately = clock.now() - PRESSED_TWICE
    return any(
        line.at >= lately
        and (line.facts.get("to"), line.facts.get("report")) == (force.to, report)
        and ("message" in line.facts) == by_mail
        for line in records.latest(subject=about(alert), event=EVENT)
    )
