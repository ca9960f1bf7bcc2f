"""Who wants to join and waits for an officer: those of the force who sign up see them, nobody else."""

from typing import Any

import pytest
from django.test import Client

from hueandcry.domain.members.models import Application, ContactPoint, Member
from hueandcry.domain.members.rules import ApplicationState
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from tests import builders, cast
from tests.web.desk import signed_in, the_force
from tests.web.test_public_join import about, choices

pytestmark = pytest.mark.django_db

LIST = "/desk/members/applications/"


@pytest.fixture(autouse=True)
def waiting() -> None:
    """Let one wait for printed sheets, one live elsewhere, and one have a code."""
    the_force()
    builders.force()
    letter: dict[str, Any] = {"way": "", "letter": "Mill Cottage, Holt", "wanted": ["3"]}
    Client().post("/join/", choices(name="Peggy Wold", **letter))
    Client().post("/join/", about(name="Elsie Where", where="51.5, -0.1", step="elsewhere"))
    Client().post("/join/", choices(name="Cody Coded", way="07700 900555"))


def one(name: str) -> Application:
    return Application.objects.get(answers__name=name)


def test_an_officer_sees_who_waits_for_one_and_that_is_kept() -> None:
    amos = cast.amos()

    page = signed_in(amos).get(LIST).content.decode()

    assert "Peggy Wold" in page
    assert "Elsie Where" in page
    assert "Cody Coded" not in page
    assert Record.objects.filter(event="application.consulted", actor=amos.as_actor()).count() == 2


def test_who_asked_for_sheets_is_taken_in_by_an_officer_once() -> None:
    amos = cast.amos()
    ref = one("Peggy Wold").ref

    signed_in(amos).post(f"{LIST}{ref}/confirm/")
    again = signed_in(amos).post(f"{LIST}{ref}/confirm/")

    contact = ContactPoint.objects.get(member=Member.objects.get(name="Peggy Wold"))
    assert again.status_code == 404
    assert (contact.channel, contact.address) == ("post", "Mill Cottage, Holt")
    assert contact.confirmed_at is not None
    assert contact.member.consents.get().taken_by == amos.as_actor()


def test_what_was_passed_on_or_not_wanted_is_forgotten() -> None:
    refs = [one("Elsie Where").ref, one("Peggy Wold").ref]

    for ref in refs:
        signed_in(builders.officer(Role.CONSTABLE)).post(f"{LIST}{ref}/end/", {"passed_on": "yes"})

    for kept in Application.objects.filter(ref__in=refs):
        assert (kept.state, kept.answers, kept.address) == (ApplicationState.GIVEN_UP, {}, "")
    assert one("Cody Coded").address == "+447700900555"


def test_a_code_is_never_confirmed_by_an_officer() -> None:
    ref = one("Cody Coded").ref

    assert signed_in(cast.amos()).post(f"{LIST}{ref}/confirm/").status_code == 404
    assert not Member.objects.filter(name="Cody Coded").exists()


def test_strangers_and_partners_see_nobody() -> None:
    everything = builders.officer(*Role, name="Allseer", organisation=builders.partner())
    ref = one("Peggy Wold").ref

    assert signed_in(cast.grey()).get(LIST).status_code == 403
    assert "Peggy" not in signed_in(everything).get(LIST).content.decode()
    assert signed_in(everything).post(f"{LIST}{ref}/confirm/").status_code == 404
    assert signed_in(everything).post(f"{LIST}{ref}/end/").status_code == 404
    assert one("Peggy Wold").state == ApplicationState.CODE
