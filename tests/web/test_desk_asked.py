"""Who was asked to approve what waits: what its author and the officers read, and how they are told."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import asking
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
NIGHT = dt.datetime(2026, 11, 23, 3, 12, tzinfo=dt.UTC)
FORM = "desk:told:form"
BIRCHS = "+447700900701"
HTMX = {"HX-Request": "true"}


def at(name: str, alert: Alert) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def page(officer: Officer, alert: Alert) -> str:
    return _flat(signed_in(officer).get(at("page", alert)).content.decode())


def home(officer: Officer) -> str:
    return _flat(signed_in(officer).get(reverse("desk:home:front")).content.decode())


def _flat(html: str) -> str:
    return " ".join(html.split())


def asked_at_night(birch: Officer, *, on_duty: bool = True) -> Alert:
    """Return an alert that waits since twelve past three, about which this officer was asked."""
    given.farmer()
    if on_duty:
        builders.rota(birch)
    with time_machine.travel(NIGHT, tick=False):
        alert = given.waiting()
        asking.ask(alert_ref=alert.ref)
    return alert


def minutes_on(many: int) -> time_machine.travel:
    return time_machine.travel(NIGHT + dt.timedelta(minutes=many), tick=False)


def birch() -> Officer:
    return builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant", mobile=BIRCHS)


# ---------------------------------------------------------------- the author's page


def test_its_author_reads_who_was_asked_when_how_and_who_comes_next() -> None:
    alert = asked_at_night(birch())

    with minutes_on(2):
        shown = page(alert.author, alert)

    assert "It has waited since today 03:12: 2 minutes." in shown
    assert "03:12: Sergeant Birch (on duty now), by text and e-mail." in shown
    assert "Nobody of them has opened it yet." in shown
    assert "If nobody decides, more officers are asked today 03:15." in shown
    assert BIRCHS not in shown


def test_its_author_sees_that_it_is_read_and_by_whom_but_not_that_they_look_themselves() -> None:
    sergeant = birch()
    alert = asked_at_night(sergeant)

    with minutes_on(2):
        page(sergeant, alert)
        page(cast.cole(), alert)
        shown = page(alert.author, alert)

    assert "Sergeant Birch opened it at 03:14. If they do not decide, the next officers are asked." in shown
    assert "Nobody of them" not in shown
    assert "more officers are asked" not in shown
    assert "Analyst Cole opened" not in shown


def test_after_the_last_step_it_says_whom_to_ring(settings: object) -> None:
    settings.CONTROL_ROOM_NUMBER = "01632 960199"  # type: ignore[attr-defined]
    alert = asked_at_night(birch())
    for minutes in range(1, 20):
        with minutes_on(minutes):
            asking.ask_on()

    with minutes_on(20):
        shown = page(alert.author, alert)

    assert "<strong>Nobody has taken it.</strong> Ring the control room on 01632 960199." in shown


def test_where_nobody_else_may_approve_it_it_says_so() -> None:
    given.farmer()
    alert = given.waiting()
    asking.ask(alert_ref=alert.ref)

    assert "Nobody else may approve it here.</strong> Ring the control room, or an officer who may" in page(
        alert.author, alert
    )


def test_to_whom_nothing_came_is_said() -> None:
    alert = asked_at_night(birch())
    Delivery.objects.filter(message__kind=MessageKind.CONTROL).update(state=DeliveryState.BOUNCED)

    with minutes_on(1):
        assert "Nothing came to Sergeant Birch." in page(alert.author, alert)


def test_the_part_that_keeps_itself_fresh_says_when_it_waits_no_more_and_logs_nobody() -> None:
    sergeant = birch()
    alert = asked_at_night(sergeant)
    client = signed_in(sergeant)

    with minutes_on(1):
        before = _flat(client.get(at("asked", alert), headers=HTMX).content.decode())
        actions.approve(alert_ref=alert.ref, officer=sergeant)
        after = _flat(client.get(at("asked", alert), headers=HTMX).content.decode())

    assert "03:12: Sergeant Birch" in before
    assert "It waits no more." in after
    assert given.logged("alert.opened", alert) == []
    assert "Who was asked" not in page(alert.author, alert)


def test_the_part_that_keeps_itself_fresh_leads_to_its_page_when_it_is_opened_by_itself() -> None:
    alert = asked_at_night(birch())

    answer = signed_in(alert.author).get(at("asked", alert))

    assert (answer.status_code, answer.headers["Location"]) == (302, at("page", alert))


def test_a_correction_that_waits_says_who_was_asked() -> None:
    sergeant = birch()
    given.farmer()
    alert = given.released(cast.amos(), sergeant)
    writer = builders.officer(Role.CONSTABLE)
    words = given.WORDS.__class__("Hare coursing near Holt", "Blue pick-up, three men", "Mill Lane, Holt", "Seen it?")
    actions.correct(
        alert_ref=alert.ref,
        officer=writer,
        words=words,
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="It was blue.",
    )
    asking.ask(alert_ref=alert.ref)

    shown = page(writer, alert)

    assert "Who was asked" in shown
    assert "Sergeant Birch, by text and e-mail." in shown
    assert "It has waited" in home(sergeant)


@pytest.mark.parametrize("name", ["page", "asked"])
def test_a_stranger_and_another_force_read_nothing_of_it(name: str) -> None:
    alert = asked_at_night(birch())

    grey, frost = (signed_in(one).get(at(name, alert)) for one in (cast.grey(), cast.frost()))

    assert (grey.status_code, frost.status_code) == (403, 404)
    for answer in (grey, frost):
        assert "Birch" not in answer.content.decode()
    assert given.logged("alert.opened", alert) == []


# ---------------------------------------------------------------- lists


def test_the_lists_say_how_long_it_waits() -> None:
    sergeant = birch()
    alert = asked_at_night(sergeant)
    given.drafted(alert.author)

    with minutes_on(12):
        listed = _flat(signed_in(sergeant).get(reverse("desk:alerts:list")).content.decode())

        assert "It has waited 12 minutes." in home(sergeant)
    assert listed.count("for 12 minutes") == 1


# ---------------------------------------------------------------- how one is told


def fill(client: Client, mobile: str) -> str:
    return _flat(client.post(reverse(FORM), {"mobile": mobile}, follow=True).content.decode())


def test_an_officer_gives_their_mobile_and_takes_it_away() -> None:
    sergeant = cast.birch()
    client = signed_in(sergeant)

    assert "Give your mobile of work" in home(sergeant)
    assert "Kept: you are told by text to 07700 900701 and by e-mail." in fill(client, "07700 900701")
    assert Officer.objects.get(pk=sergeant.pk).mobile == BIRCHS
    assert "Give your mobile of work" not in home(sergeant)
    assert 'value="07700 900701"' in client.get(reverse(FORM)).content.decode()
    assert "Kept: you are told by e-mail only." in fill(client, " ")
    assert Officer.objects.get(pk=sergeant.pk).mobile == ""


@pytest.mark.parametrize("typed", ["01632 960123", "<b>07</b>", "0770", "7" * 400, "\x00"])
def test_what_takes_no_texts_is_a_sentence_and_changes_nothing(typed: str) -> None:
    sergeant = birch()

    shown = fill(signed_in(sergeant), typed)

    assert "Please put this right" in shown
    assert Officer.objects.get(pk=sergeant.pk).mobile == BIRCHS


def test_whoever_may_neither_write_nor_approve_is_not_asked_for_a_mobile() -> None:
    cole = cast.cole()

    assert "mobile of work" not in home(cole)
    assert signed_in(cole).get(reverse(FORM)).status_code == 200


def test_a_stranger_gives_none() -> None:
    grey = cast.grey()

    answer = signed_in(grey).post(reverse(FORM), {"mobile": "07700 900701"})

    assert answer.status_code == 403
    assert Officer.objects.get(pk=grey.pk).mobile == ""


def test_looking_twice_is_logged_once() -> None:
    sergeant = birch()
    alert = asked_at_night(sergeant)

    with minutes_on(1):
        page(sergeant, alert)
        page(sergeant, alert)

    (record,) = given.logged("alert.opened", alert)
    assert (record.actor, record.at) == (sergeant.as_actor(), NIGHT + dt.timedelta(minutes=1))
