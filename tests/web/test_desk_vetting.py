"""How far members are checked, on the desk."""

import datetime as dt

import pytest
from django.urls import reverse

from hueandcry.domain.members.models import Vetting
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.web.desk import queries_of, signed_in

pytestmark = pytest.mark.django_db

LIST = reverse("desk:members:vetting")
TODAY = "2026-11-02"


def at(name: str, ref: str) -> str:
    return reverse(f"desk:members:{name}", args=[ref])


@pytest.mark.parametrize("who", [cast.grey, cast.cole, cast.frost])
def test_stranger_analyst_and_partner_neither_see_nor_set_a_check(who: object) -> None:
    member = builders.member(name="Quillon", tier=Tier.MEMBER)
    client = signed_in(who())  # type: ignore[operator]

    for address in (LIST, at("checks", member.ref), at("check", member.ref), at("tier", member.ref)):
        for answer in (client.get(address), client.post(address, {"tier": "kin", "kind": "vetting"})):
            assert answer.status_code in {403, 405}, address
            assert "Quillon" not in answer.content.decode()
    member.refresh_from_db()
    assert member.tier == Tier.MEMBER
    assert not Vetting.objects.exists()


def test_a_member_of_nobody_here_is_not_there() -> None:
    officer = cast.birch()

    for name in ("checks", "check", "tier"):
        client = signed_in(officer)
        address = at(name, "ZZZZZZ")
        assert (client.get if name == "checks" else client.post)(address).status_code == 404


def test_a_check_is_written_down_and_then_the_tier_may_be_set() -> None:
    member = builders.member(name="Quillon", tier=Tier.MEMBER)
    client = signed_in(cast.birch())

    early = client.post(at("tier", member.ref), {"tier": "vetted"}, follow=True).content.decode()
    day = f"{clock.today():%Y-%m-%d}"
    for _ in range(2):
        page = client.post(at("check", member.ref), {"kind": "vetting", "done_on": day}, follow=True).content.decode()
    client.post(at("tier", member.ref), {"tier": "vetted"})

    member.refresh_from_db()
    assert "write down the vetting first" in early
    assert "holds until" in page
    assert Vetting.objects.count() == 1
    assert member.tier == Tier.VETTED
    assert member.tier_until is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Give the day on which it was done"),
        ({"kind": "vetting", "done_on": "31/31/2026"}, "Give the day like"),
        ({"kind": "vetting", "done_on": "2099-01-01"}, "in the future"),
        ({"kind": "vetting", "done_on": "0001-01-01"}, "20 years"),
        ({"kind": "magic", "done_on": TODAY}, "Select a valid choice"),
        ({"kind": "vetting", "done_on": TODAY, "ends_on": "2026-01-01"}, "lies before"),
        ({"kind": "vetting", "done_on": "a\x00b"}, "Give the day like"),
        ({"kind": "vetting", "done_on": "9" * 5_000}, "Give the day like"),
    ],
)
def test_a_wrong_check_is_refused_in_words(given: dict[str, str], words: str) -> None:
    member = builders.member(tier=Tier.MEMBER)

    answer = signed_in(cast.birch()).post(at("check", member.ref), given)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Vetting.objects.exists()


@pytest.mark.parametrize("tier", ["", "king", "a\x00b", "public"])
def test_a_tier_that_is_none_is_refused_in_words(tier: str) -> None:
    member = builders.member(tier=Tier.MEMBER)

    page = signed_in(cast.birch()).post(at("tier", member.ref), {"tier": tier}, follow=True).content.decode()

    member.refresh_from_db()
    assert "Choose one of the three" in page
    assert member.tier == Tier.MEMBER


def test_the_list_says_whose_tier_ends_and_who_has_no_check() -> None:
    soon = builders.member(name="Endsoon", tier=Tier.VETTED, tier_until=clock.today() + dt.timedelta(days=5))
    builders.member(name="Endlate", tier=Tier.VETTED, tier_until=clock.today() + dt.timedelta(days=500))
    builders.checked(soon, ends_on=clock.today() + dt.timedelta(days=5))
    client = signed_in(cast.birch())

    ending = client.get(LIST).content.decode()
    unchecked = client.get(LIST, {"show": "unchecked"}).content.decode()
    odd = client.get(LIST, {"show": "a\x00b", "page": "9" * 50})

    assert "Endsoon" in ending
    assert "Endlate" not in ending
    assert "Endlate" in unchecked
    assert "Endsoon" not in unchecked
    assert odd.status_code == 200


def test_the_list_asks_as_much_for_sixty_as_for_three() -> None:
    client = signed_in(builders.officer(Role.SERGEANT))

    def more(number: int) -> None:
        for _ in range(number):
            builders.member(tier=Tier.VETTED, tier_until=clock.today())

    more(3)
    few = queries_of(client, LIST)
    more(57)

    assert queries_of(client, LIST) <= few + 1  # the pager counts once there is more than one page
