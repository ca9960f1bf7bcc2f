"""An alert that moves over the border: which force, what it is told, and that nothing of members leaves."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from shapely.geometry import box

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError, crossing
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import bordering, moving
from hueandcry.domain.alerts.rules import Sighting, handing_over
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, Lane
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations import queries as offices
from hueandcry.domain.organisations.actions import OrganisationError
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import cap, clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
EDGE = Point(3.35, 54.5)
OURS, EAST, WEST = box(1.6, 54.0, 3.4, 55.2), box(3.4, 54.0, 4.4, 55.2), box(0.6, 54.0, 1.6, 55.2)


def sighting(**changes: Any) -> Sighting:
    given: dict[str, Any] = {
        "what": "grey pick-up, 3 men",
        "where": "near Marsh End",
        "direction": "heading east",
        "seen_at": clock.now() - dt.timedelta(minutes=2),
        "plate": "AO51BCD",
        "point": EDGE,
        "uncertainty_m": 100.0,
        **changes,
    }
    return Sighting(**given)


def running() -> Alert:
    """Return an alert of yesterday, in a force whose own outline is loaded."""
    builders.area("Doggerland", kind=AreaKind.FORCE, shape=OURS)
    alerts.farmer(name="Dell Barrow")
    first = alerts.released()
    Alert.objects.filter(pk=first.pk).update(occurred_at=clock.now() - dt.timedelta(days=1))
    first.refresh_from_db()
    return first


def ahead(alert: Alert, **changes: Any) -> list[bordering.Force]:
    ring = moving.next_ring(alert=alert, sighting=sighting(**changes))
    return bordering.forces_ahead(ring=ring, alert=alert)


def kelp(**changes: Any) -> Organisation:
    area = builders.area("Kelp", kind=AreaKind.OTHER, shape=EAST)
    given = {"name": "Kelp Constabulary", "email": "control@example.org", "call": "01632 960123", **changes}
    return organisations.agree_hand_over(area_id=area.id, actor="officer:TEST22", **given)


def test_the_force_ahead_is_named_and_the_one_behind_is_not() -> None:
    first = running()
    builders.area("Kelp", kind=AreaKind.FORCE, shape=EAST)
    builders.area("Skerry", kind=AreaKind.FORCE, shape=WEST)

    assert [one.name for one in ahead(first)] == ["Kelp"]
    assert ahead(first, point=Point(2.5, 54.5)) == []
    assert [one.name for one in ahead(first, point=Point(1.65, 54.5), direction="heading west")] == ["Skerry"]


def test_a_force_with_which_it_was_agreed_is_named_once_with_its_ways() -> None:
    first = running()
    made = kelp()
    again = kelp(email="desk@example.org")
    builders.partner()

    assert made.pk == again.pk
    assert ahead(first) == [
        bordering.Force(f"organisation:{made.ref}", "Kelp Constabulary", "desk@example.org", "01632 960123")
    ]
    assert "Kelp Constabulary" not in [one.name for one in offices.partners()]
    record = Record.objects.filter(event="organisation.hand_over_agreed").latest("id")
    assert record.facts == {"ways": ["email", "call"]}


def test_the_area_of_an_agreed_force_may_be_its_outline_beside_ours() -> None:
    first = running()
    outline = builders.area("Kelp", kind=AreaKind.FORCE, shape=EAST)
    organisations.agree_hand_over(name="Kelp Constabulary", area_id=outline.id, actor="officer:TEST22")

    assert [(one.name, one.email, one.call) for one in ahead(first)] == [("Kelp Constabulary", "", "")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "nobody"}, "e-mail address in full"),
        ({"email": "a@example.org\nBcc: x@example.org"}, "e-mail address in full"),
        ({"call": "ask Sam"}, "in figures"),
        ({"name": " "}, "Write a name"),
        ({"name": "Doggerland Constabulary"}, "is here already"),
    ],
)
def test_what_cannot_be_agreed_is_refused_with_a_sentence(changes: dict[str, str], sentence: str) -> None:
    builders.force()

    with pytest.raises(OrganisationError, match=sentence):
        kelp(**changes)
    assert not Organisation.objects.filter(kind="neighbour").exists()


def test_a_hand_over_says_what_where_when_which_way_our_reference_and_whom_to_ring() -> None:
    first, oakes = running(), cast.oakes()
    ring = moving.next_ring(alert=first, sighting=sighting())

    subject, words = bordering.words_for(alert=first, sighting=sighting(), ring=ring, officer=oakes)

    assert subject == f"Hand-over from Doggerland Constabulary: {first.ref}"
    lines = words.split("\n")
    assert lines[0] == subject
    assert lines[1:3] == ["What: grey pick-up, 3 men", "Plate as told, not checked: AO51BCD"]
    assert lines[3].startswith("Seen: near Marsh End, ")
    assert "a square of a kilometre" in lines[3]
    assert lines[4] == "Direction: heading east"
    assert f"Our reference: {first.ref}" in lines
    assert "Ring: Control room Oakes, Doggerland Constabulary, on 101, with the reference" in lines
    assert "Dell" not in words


def test_a_hand_over_in_cap_is_restricted_says_the_same_and_reads_again() -> None:
    first, oakes, made = running(), cast.oakes(), kelp()
    ring = moving.next_ring(alert=first, sighting=sighting())
    force = bordering.forces_ahead(ring=ring, alert=first)[0]
    given: dict[str, Any] = {"alert": first, "sighting": sighting(), "ring": ring, "officer": oakes, "force": force}

    message = cap.read(bordering.cap_for(**given, sender="police.example.org", is_test=False))
    trial = cap.read(bordering.cap_for(**given, sender="police.example.org", is_test=True))
    Alert.objects.filter(pk=first.pk).update(is_drill=True)
    first.refresh_from_db()
    drill = cap.read(bordering.cap_for(**given, sender="police.example.org", is_test=True))

    assert (message.status, trial.status, drill.status) == ("Actual", "Test", "Exercise")
    assert (message.scope, message.note) == ("Restricted", f"OFFICIAL. For {made.name}; not for the public.")
    info = message.infos[0]
    assert "What: grey pick-up, 3 men" in info.description
    assert info.onset is not None
    assert info.expires is not None
    assert info.onset < info.expires
    assert info.areas[0].polygons
    assert "Dell" not in info.description


def test_words_with_lines_of_their_own_write_no_line_of_ours() -> None:
    first = running()
    seen = sighting(what="van\nRing: 01632 960999", direction="", plate="")
    ring = moving.next_ring(alert=first, sighting=seen)
    Alert.objects.filter(pk=first.pk).update(is_drill=True)
    first.refresh_from_db()

    subject, words = bordering.words_for(alert=first, sighting=seen, ring=ring, officer=cast.oakes())

    assert words.startswith("EXERCISE, nothing has happened. Hand-over from")
    assert subject.startswith("EXERCISE ")
    assert "What: van Ring: 01632 960999\n" in words
    assert "Direction: not told\n" in words
    assert "Plate" not in words


def test_without_a_point_on_the_grid_the_words_alone_say_where() -> None:
    now = clock.now()
    given = handing_over.HandOver("Ours", "K7M2PQ", sighting(point=None), now, None, now, now, "PC Amos", now)

    assert "Seen: near Marsh End, " in handing_over.text(given)
    assert "square" not in handing_over.text(given)
    near = replace(given, sighting=sighting(where="near OX 43 25", point=Point(3.3, 54.507)))
    assert handing_over.text(near).count("OX 4") == 1
    far = replace(given, sighting=sighting(point=Point(-10.9, 48.1)))
    assert "square" not in handing_over.text(far)


def test_a_hand_over_is_written_down_once_and_names_nobody() -> None:
    first, oakes, made = running(), cast.oakes(), kelp()
    force = ahead(first)[0]

    once = crossing.hand_over(officer=oakes, alert_ref=first.ref, report_ref="R2PQ7T", force=force)
    twice = crossing.hand_over(officer=oakes, alert_ref=first.ref, report_ref="R2PQ7T", force=force)
    later = crossing.hand_over(officer=oakes, alert_ref=first.ref, report_ref="R3PQ7T", force=force)

    assert (once, twice, later) == (True, False, True)
    facts = [record.facts for record in alerts.logged("alert.handed_over", first)]
    assert facts == [{"to": f"organisation:{made.ref}", "report": f"report:{ref}"} for ref in ("R2PQ7T", "R3PQ7T")]
    handed = bordering.handed(alert=first, forces=[force])
    assert [(one.name, one.by) for one in handed] == [("Kelp Constabulary", "Control room Oakes")] * 2


def test_nobody_hands_over_what_is_over_or_is_not_theirs() -> None:
    first, oakes = running(), cast.oakes()
    kelp()
    force = ahead(first)[0]

    with pytest.raises(NotHereError):
        crossing.hand_over(officer=cast.grey(), alert_ref=first.ref, report_ref="R2PQ7T", force=force)
    with pytest.raises(AlertError, match="Ask a colleague"):
        crossing.hand_over(officer=cast.cole(), alert_ref=first.ref, report_ref="R2PQ7T", force=force)
    actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")
    with pytest.raises(AlertError, match="ring the other force yourself"):
        crossing.hand_over(officer=oakes, alert_ref=first.ref, report_ref="R2PQ7T", force=force)
    assert alerts.logged("alert.handed_over", first) == []


def sent_to_kelp(first: Alert, report_ref: str = "R2PQ7T", **changes: Any) -> bool:
    """Send a hand-over of a sighting to the force ahead."""
    who = Officer.objects.filter(email__startswith="oakes").first() or cast.oakes()
    seen = sighting(**changes)
    ring = moving.next_ring(alert=first, sighting=seen)
    force = bordering.forces_ahead(ring=ring, alert=first)[0]
    return crossing.send(officer=who, alert_ref=first.ref, report_ref=report_ref, force=force, sighting=seen, ring=ring)


def letters(address: str = "control@example.org") -> list[Message]:
    """Return what goes to another force by e-mail, oldest first."""
    return list(Message.objects.filter(deliveries__address=address).order_by("id"))


def test_a_hand_over_goes_once_by_the_engine_ahead_of_the_rest_and_carries_no_plate() -> None:
    first, made = running(), kelp()
    told = messages.progress(about=f"alert:{first.ref}").total

    assert sent_to_kelp(first)
    assert not sent_to_kelp(first)

    letter = Delivery.objects.select_related("message").get(address="control@example.org")
    assert (letter.channel, letter.lane, letter.state, letter.member_id) == ("email", Lane.URGENT, "queued", None)
    assert "What: grey pick-up, 3 men" in letter.message.email
    assert "ring us for it" in letter.message.email
    assert "AO51" not in letter.message.email + letter.message.text + letter.message.subject
    assert "Dell" not in letter.message.email
    assert messages.progress(about=f"alert:{first.ref}").total == told
    facts = [record.facts for record in alerts.logged("alert.handed_over", first)]
    to, message = f"organisation:{made.ref}", f"message:{letter.message.ref}"
    assert facts == [{"to": to, "report": "report:R2PQ7T", "message": message}]
    assert [(one.name, one.state, one.is_lost) for one in bordering.handed(alert=first)] == [
        ("Kelp Constabulary", DeliveryState.QUEUED, False)
    ]
    letter.state = DeliveryState.BOUNCED
    letter.save(update_fields=["state"])
    assert [one.is_lost for one in bordering.handed(alert=first)] == [True]


def test_having_rung_them_does_not_stop_the_letter_nor_the_letter_a_later_one() -> None:
    first = running()
    kelp()
    crossing.hand_over(officer=cast.oakes(), alert_ref=first.ref, report_ref="R2PQ7T", force=ahead(first)[0])

    assert sent_to_kelp(first)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2), tick=True):
        assert sent_to_kelp(first, plate="")

    assert len(letters()) == 2
    assert "ring us for it" not in letters()[1].email


@pytest.mark.parametrize(
    ("made", "changes", "sentence"),
    [
        ({"email": ""}, {}, "No e-mail address is agreed with Kelp Constabulary"),
        ({}, {"what": "grey pick-up AO51BCD"}, "plate"),
        ({}, {"what": "Box in the grey pick-up"}, "Box in"),
        ({}, {"direction": "past the {page} sign"}, "{page}"),
    ],
)
def test_what_cannot_go_by_e_mail_is_refused_with_a_sentence(
    made: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    first = running()
    kelp(**made)

    with pytest.raises(AlertError, match=sentence):
        sent_to_kelp(first, **changes)
    assert letters() == []
    assert alerts.logged("alert.handed_over", first) == []


def expired(first: Alert) -> None:
    Alert.objects.filter(pk=first.pk).update(expires_at=clock.now() - dt.timedelta(seconds=1))
    actions.expire_due()


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (lambda first, who: actions.stand_down(alert_ref=first.ref, officer=who, reason="Checked"), "Stood down."),
        (lambda first, who: actions.end(alert_ref=first.ref, officer=who, ending="Two were fined"), "Two were fined"),
        (lambda first, _: expired(first), "Its time is over."),
        (lambda first, who: actions.recall(alert_ref=first.ref, officer=who), "sent by mistake"),
    ],
    ids=["stood down", "ended", "expired", "taken back"],
)
def test_what_becomes_of_an_alert_follows_the_letter_once_to_each_force(
    verb: Callable[[Alert, Officer], object], said: str
) -> None:
    first, _ = running(), kelp()
    rung = builders.area("Skerry", kind=AreaKind.OTHER, shape=WEST)
    organisations.agree_hand_over(name="Skerry Police", area_id=rung.id, email="s@example.org", actor="officer:T")
    sent_to_kelp(first)
    sent_to_kelp(first, report_ref="R3PQ7T")
    before = len(letters())

    verb(first, Officer.objects.get(email__startswith="oakes"))

    after = letters()[before:]
    assert [said in one.email for one in after] == [True]
    assert first.ref in after[0].subject
    assert letters("s@example.org") == []


def test_a_correction_follows_the_letter_with_the_new_words() -> None:
    first = running()
    kelp()
    sent_to_kelp(first)
    words = replace(queries.words_of(alert=first), what="Blue pick-up, three men with dogs")

    actions.correct(
        alert_ref=first.ref,
        officer=Officer.objects.get(email__startswith="oakes"),
        words=words,
        reason="It was blue",
        occurred_at=first.occurred_at,
        expires_at=first.expires_at,
    )

    assert "Corrected: It was blue" in letters()[-1].email
    assert "Blue pick-up" in letters()[-1].email


def test_nobody_is_written_to_where_they_were_rung_or_nothing_was_handed_over() -> None:
    first, oakes = running(), cast.oakes()
    kelp()
    crossing.hand_over(officer=oakes, alert_ref=first.ref, report_ref="R2PQ7T", force=ahead(first)[0])

    actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")

    assert letters() == []


def test_an_exercise_is_handed_over_to_the_sandbox_and_says_so() -> None:
    first = running()
    kelp()
    Alert.objects.filter(pk=first.pk).update(is_drill=True)
    Message.objects.filter(about=f"alert:{first.ref}").update(is_drill=True)
    first.refresh_from_db()

    sent_to_kelp(first)
    actions.stand_down(alert_ref=first.ref, officer=Officer.objects.get(email__startswith="oakes"), reason="Checked")

    assert [one.is_drill for one in letters()] == [True, True]
    assert all(one.email.startswith("EXERCISE, nothing has happened.") for one in letters())
