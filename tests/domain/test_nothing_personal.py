"""A whole night, with everybody in it: what is kept for the trail, passed on or shown outside names nobody."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db.models import DateField
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.console import map as house_map
from hueandcry.domain.alerts import actions as alert_actions
from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.rules import Sighting
from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members.models import Consent, ContactPoint
from hueandcry.domain.members.rules import Channel, ConsentHow, NewContact, NewMember, NewPlace, SchemeRole, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Inbound, Message
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.domain.reports import actions as report_actions
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts
from tests.domain.messaging import incoming

pytestmark = pytest.mark.django_db
EAST = Point(2.69, 54.5)
PERSONAL = (
    "Robin", "Wold", "7700900111", "900 111", "wold@", "Ford Farm", "Dell", "hilux", "AO51", "barking", "ring twice",
    "LA9 9ZZ", "LA99ZZ", "Amos", "Birch", "Oakes",
)  # fmt: skip


def night() -> tuple[str, str]:
    """Play a night through; return the references of the alert and its relay."""
    oakes = cast.oakes()
    builders.area("Force", kind=AreaKind.FORCE)
    builders.place("Holt Haven")
    wold = member_actions.join(
        member=NewMember(
            name="Robin Wold",
            places=(NewPlace(point=builders.MIDDLE, name="Ford Farm"),),
            contacts=(NewContact(Channel.SMS, "07700 900111"), NewContact(Channel.EMAIL, "wold@example.org")),
            organisations=(builders.force().pk,),
            schemes=((builders.scheme().pk, SchemeRole.MEMBER),),
            tier=Tier.VETTED,
            note="ring twice",
        ),
        how=ConsentHow.SPOKEN,
        taken_by=oakes.as_actor(),
    )
    alerts.farmer(name="Dell", at=EAST)
    first = alerts.released()
    said = messaging.receive(
        incoming=incoming("+447700900111", "Robin Wold here, Ford Farm LA9 9ZZ: hilux AO51 BCD, dogs barking")
    )
    report = report_actions.open_from_message(inbound_ref=said.ref)
    assert report is not None
    report_actions.consult(report=report, officer=oakes)
    report_actions.mark_read(report=report, officer=oakes)
    seen = Sighting("pick-up", "near Holt Haven", "heading north", clock.now(), "", EAST, 100.0)
    relay = alert_actions.relay(officer=oakes, alert_ref=first.ref, sighting=seen, report_ref=report.ref)
    report_actions.note_relay(report_ref=report.ref, alert_ref=relay.ref)
    alerts.hand_over(relay)
    messaging.reply(conversation_ref=said.conversation.ref, text="Thank you, Robin Wold", actor=oakes.as_actor())
    report_actions.close(report=report, officer=oakes, outcome="Robin Wold was right: AO51 BCD stopped")
    alert_actions.stand_down(alert_ref=first.ref, officer=oakes, reason="The vehicle was checked")
    alert_actions.end(alert_ref=first.ref, officer=oakes, ending="Two people were reported")
    for ref in Message.objects.order_by("id").values_list("ref", flat=True):
        messaging.dispatch(message_ref=ref)
    for word in ("STOP", "START", "WHO", "stop texting me please"):
        messaging.receive(incoming=incoming("+447700900111", word))
    member_actions.pause(member_id=wold.pk, actor=f"member:{wold.ref}")
    member_actions.resume(member_id=wold.pk, actor=f"member:{wold.ref}")
    member_actions.suspend_contact(channel=Channel.SMS, address="+447700900111", actor="system:program")
    member_actions.leave(member_id=wold.pk, actor=f"member:{wold.ref}")
    return first.ref, relay.ref


def test_the_trail_and_the_jobs_of_a_whole_night_name_nobody() -> None:
    night()

    trail = json.dumps(list(Record.objects.values_list("event", "actor", "subject", "facts")))
    jobs = json.dumps(list(ProcrastinateJob.objects.values_list("task_name", "args", "queueing_lock")))

    events = set(Record.objects.values_list("event", flat=True))
    assert {"member.joined", "alert.relayed", "alert.ended", "report.closed", "message.obeyed", "member.left"} <= events
    assert Report.objects.exists()
    assert Inbound.objects.count() == 5
    assert [word for word in PERSONAL if word.casefold() in trail.casefold()] == []
    assert [word for word in PERSONAL if word.casefold() in jobs.casefold()] == []


def test_what_was_passed_on_of_a_whole_night_names_nobody() -> None:
    first, relay = night()

    sent = Message.objects.filter(about__in=[f"alert:{first}", f"alert:{relay}"]).exclude(kind="reply")
    words = json.dumps(list(sent.values_list("text", "spoken", "subject", "email")))
    ids = [str(Report.objects.get().ref), str(ContactPoint.objects.values_list("member__ref", flat=True)[0])]
    assert sent.count() >= 5
    assert [word for word in (*PERSONAL, *ids) if word.casefold() in words.casefold()] == []


def test_what_is_printed_of_rows_names_nobody() -> None:
    night()

    printed = repr([list(model.objects.all()) for model in (ContactPoint, Consent, Delivery, Inbound, Report, Record)])
    assert [word for word in PERSONAL if word in printed] == []
    assert "example.org" not in repr(Officer.objects.all())
    assert "900111" not in repr(NewContact(Channel.SMS, "07700 900111"))


def test_outside_nobody_is_given_the_very_spot() -> None:
    builders.member(tier=Tier.MEMBER)
    alert = alerts.released(level=Tier.PUBLIC, asked=alerts.question(lowest_tier=Tier.PUBLIC, scheme_kinds=()))

    shown = queries.get_public(ref=alert.ref)

    assert alert.point == builders.MIDDLE
    assert "2.5" not in repr(shown)
    assert not hasattr(shown, "point")


def is_moment(model: Any, since: str) -> bool:
    """Say whether a column, or a column of what it points at (`member.left_at`), is there and holds a moment."""
    first, _, rest = since.partition(".")
    field = next((one for one in model._meta.concrete_fields if one.name == first), None)
    if field is None:
        return False
    return is_moment(field.related_model, rest) if rest else isinstance(field, DateField)


def test_every_lifetime_counts_from_a_column_that_is_there() -> None:
    tables = {model._meta.db_table: model for config in apps.get_app_configs() for model in config.get_models()}
    faults = []
    for table, (days, since, _, _) in house_map.lifetimes().items():
        if (days is None) != (since == ""):
            faults.append(f"{table}: a lifetime has both days and a beginning, or neither")
        if since and not is_moment(tables[table], since):
            faults.append(f"{table}: {since} is no column with a moment")

    assert len(house_map.lifetimes()) > 15
    assert faults == []
