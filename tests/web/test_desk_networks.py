"""Key individual networks on the desk: the ordinary flow, wrong input, and who stays outside."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.members.models import Community, KeyContact, Mechanism, Pulse, Talk
from hueandcry.domain.members.rules import KeyRole
from hueandcry.domain.members.rules.networks import quarters_back
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from hueandcry.web.desk.networks import in_words
from tests import builders, cast
from tests.web.desk import queries_of, signed_in

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
WITHOUT = ("matrix", "sheet", "people", "hand_over", "results", "new", "new_community")
OF_PERSON = ("page", "talk", "change", "give", "successor", "end", "pulse")
OF_COMMUNITY = ("community", "add_mechanism", "mechanism", "end_community")
READ = ("matrix", "sheet", "people", "results", "page", "community")
DUE = dt.date(2026, 1, 1)
HUGE = "x" * 100_000
ANSWERS = {f"answer{number}": "4" for number in range(5)}


def at(name: str, ref: str = "") -> str:
    return reverse(f"desk:networks:{name}", args=[ref] if ref else [])


def spoken_for(keeper: Officer, name: str = "Quillon", **fields: Any) -> KeyContact:
    return builders.key_contact(
        keeper, builders.community(f"Farmers round {name}"), member=builders.member(name=name), **fields
    )


def addresses(contact: KeyContact) -> list[str]:
    community = contact.communities.get()
    return [
        *(at(name) for name in WITHOUT),
        *(at(name, contact.ref) for name in OF_PERSON),
        *(at(name, community.ref) for name in OF_COMMUNITY),
    ]


def another_forces() -> tuple[KeyContact, Officer]:
    """Return a key individual of a partner, and who keeps in touch with them there."""
    keeper = builders.officer(Role.CONSTABLE, name="Otherly", organisation=builders.partner())
    community = builders.community("Elsewhere", organisation=keeper.organisation)
    return builders.key_contact(keeper, community, member=builders.member(name="Zander")), keeper


# ---------------------------------------------------------------- who stays outside


@pytest.mark.parametrize("who", ["grey", "cole", "frost"])
def test_stranger_analyst_and_partner_enter_no_address(who: str) -> None:
    contact = spoken_for(cast.amos())
    client = signed_in(getattr(cast, who)())

    for address in [*addresses(contact), at("asked")]:
        for answer in (client.get(address), client.post(address, {"sure": "1", "note": "x", **ANSWERS})):
            assert answer.status_code in {403, 405}, address
            assert "Quillon" not in answer.content.decode()
    contact.refresh_from_db()
    assert contact.ended_at is None
    assert not Talk.objects.exists()
    assert not Pulse.objects.exists()


def test_an_operator_reads_and_presses_nothing() -> None:
    contact = spoken_for(cast.amos())
    community = contact.communities.get()
    client = signed_in(cast.oakes())

    for name in READ:
        ref = contact.ref if name in OF_PERSON else community.ref if name in OF_COMMUNITY else ""
        answer = client.get(at(name, ref))
        assert answer.status_code == 200, name
        assert ">End<" not in answer.content.decode()
        assert ">I talked with them<" not in answer.content.decode()
    for address in addresses(contact):
        assert client.post(address, {"sure": "1"}).status_code in {403, 405}, address


def test_another_organisations_people_are_not_there() -> None:
    theirs, their_keeper = another_forces()
    community = theirs.communities.get()
    ours = spoken_for(cast.amos())
    client = signed_in(cast.birch())

    for name in OF_PERSON:
        assert client.get(at(name, theirs.ref)).status_code in {404, 405}, name
        assert client.post(at(name, theirs.ref), {"sure": "1", "how": "call", **ANSWERS}).status_code in {404, 405}, (
            name
        )
    for name in OF_COMMUNITY:
        assert client.post(at(name, community.ref), {"sure": "1", "mechanism": "1"}).status_code in {404, 405}, name
    given = client.post(at("give", ours.ref), {"to": their_keeper.ref}, follow=True).content.decode()
    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert "Choose a colleague from the list" in given
    assert ours.officer != their_keeper
    assert theirs.ended_at is None
    assert "Zander" not in client.get(at("people"), {"whose": "all"}).content.decode()


# ---------------------------------------------------------------- the ordinary flow


def test_a_community_gets_a_way_and_a_key_individual_and_the_gap_closes() -> None:
    amos = cast.amos()
    client = signed_in(amos)
    member = builders.member(name="Quillon")

    client.post(at("new_community"), {"name": "Dairy farmers", "kind": "work"})
    community = Community.objects.get()
    gap = client.get(at("matrix")).content.decode()
    client.post(at("add_mechanism", community.ref), {"way": "meeting", "called": "Market day", "cadence": "30"})
    way = Mechanism.objects.get()
    client.post(at("mechanism", community.ref), {"mechanism": way.pk, "what": "use"})
    made = client.post(
        at("new"),
        {
            "member": member.ref.lower(),
            "role": "vet",
            "communities": [community.ref],
            "keeper": amos.ref,
            "cadence": "90",
        },
        follow=True,
    ).content.decode()
    after = client.get(at("matrix")).content.decode()

    assert "No way to reach them" in gap
    assert "The first talk is due today" in made
    assert "Market day" in client.get(at("community", community.ref)).content.decode()
    assert "No way to reach them" not in after
    way.refresh_from_db()
    assert way.last_used == clock.today()


def test_a_talk_is_noted_and_said_and_the_next_one_is_due_later() -> None:
    amos = cast.amos()
    contact = spoken_for(amos, next_due=clock.today() - 5 * DAY)
    spoken_for(amos, "Robin", next_due=clock.today() + 3 * DAY)
    client = signed_in(amos)

    before = client.get(at("people")).content.decode()
    for _ in range(2):
        page = client.post(
            at("talk", contact.ref), {"how": "call", "note": "Mornings are best"}, follow=True
        ).content.decode()

    assert "5 days overdue" in before
    assert before.index("Quillon") < before.index("Robin")
    assert "Mornings are best" in page
    assert Talk.objects.count() == 1
    contact.refresh_from_db()
    assert contact.next_due == clock.today() + 90 * DAY


def test_what_they_told_is_no_note_and_stays_in_the_box() -> None:
    amos = cast.amos()
    contact = spoken_for(amos)

    page = signed_in(amos).post(at("talk", contact.ref), {"how": "call", "note": "He saw AB12 CDE"}).content.decode()

    assert "is a report" in page
    assert "He saw AB12 CDE" in page
    assert not Talk.objects.exists()


def test_a_list_is_handed_over_and_one_person_given() -> None:
    amos, birch = cast.amos(), builders.officer(Role.CONSTABLE, name="Birch")
    first, second = spoken_for(amos), spoken_for(amos, "Robin")
    client = signed_in(amos)

    client.post(at("give", first.ref), {"to": birch.ref})
    client.post(at("hand_over"), {"keeper": amos.ref, "to": birch.ref})

    assert {KeyContact.objects.get(pk=one.pk).officer for one in (first, second)} == {birch}


def test_ending_needs_a_tick_and_leaves_a_gap_with_who_may_follow() -> None:
    amos = cast.amos()
    contact = spoken_for(amos)
    follower = builders.member(name="Robin Wold")
    client = signed_in(amos)

    unsure = client.post(at("end", contact.ref), follow=True).content.decode()
    client.post(at("successor", contact.ref), {"member": follower.ref})
    client.post(at("end", contact.ref), {"sure": "1"})
    matrix = client.get(at("matrix")).content.decode()
    page = client.get(at("page", contact.ref)).content.decode()

    assert "Tick the box" in unsure
    assert "Robin Wold" in matrix
    assert "Make Robin Wold a key individual" in page
    contact.refresh_from_db()
    assert contact.ended_at is not None


def test_the_five_questions_are_answered_once_a_quarter() -> None:
    amos = cast.amos()
    contact = spoken_for(amos)
    client = signed_in(amos)

    missing = client.post(at("pulse", contact.ref), {**ANSWERS, "answer3": ""}).content.decode()
    client.post(at("pulse", contact.ref), {**ANSWERS, "words0": "Better lights"})
    twice = client.post(at("pulse", contact.ref), ANSWERS, follow=True).content.decode()
    page = client.get(at("page", contact.ref)).content.decode()

    assert "Choose from 1 to 5" in missing
    assert "The next ones come with the next quarter" in twice
    assert "Better lights" in page
    assert Pulse.objects.count() == 1


def test_small_numbers_are_not_shown_in_what_the_quarter_said() -> None:
    amos = cast.amos()
    community = builders.community("Dairy farmers")
    client = signed_in(amos)

    def answered(number: int) -> None:
        contact = builders.key_contact(amos, community, member=builders.member(name=f"Speaker {number}"))
        client.post(at("pulse", contact.ref), {f"answer{one}": "2" for one in range(5)})

    answered(1)
    answered(2)
    hidden = client.get(at("results")).content.decode()
    answered(3)
    shown = client.get(at("results")).content.decode()

    oldest, *_, newest = map(in_words, quarters_back(clock.today()))
    assert shown.index(newest) < shown.index(oldest), "what is new stands first, also on a phone"
    assert "2.0" not in hidden
    assert "2.0" in shown


def test_the_sheet_cannot_make_a_spreadsheet_reckon() -> None:
    builders.community("=1+1")

    sheet = signed_in(cast.amos()).get(at("sheet")).content.decode()

    assert "'=1+1" in sheet


# ---------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("new_community", {"name": "", "kind": "work"}, "Give it a name"),
        ("new_community", {"name": HUGE, "kind": "work"}, "at most 80"),
        ("new_community", {"name": "a\x00b", "kind": "work"}, "Null characters"),
        ("new_community", {"name": "Farmers", "kind": "<b>"}, "Select a valid choice"),
        ("new_community", {"name": "Farmers", "kind": "work", "area": "999999"}, "Select a valid choice"),
        ("new", {"member": "ZZZZZZ", "role": "vet", "cadence": "90"}, "Choose at least one community"),
        ("new", {"member": "a\x00b"}, "Null characters"),
        ("hand_over", {"keeper": "NOBODY", "to": "NOBODY"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_in_words(name: str, given: dict[str, str], words: str) -> None:
    answer = signed_in(cast.amos()).post(at(name), given)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Community.objects.exists()
    assert not KeyContact.objects.exists()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("talk", {"how": "call", "note": HUGE}, "at most 200"),
        ("talk", {"how": "call", "note": "a\x00b"}, "Null characters"),
        ("talk", {"how": "telepathy"}, "Select a valid choice"),
        ("talk", {"how": "call", "on": "2099-01-01"}, "still to come"),
        ("talk", {"how": "call", "on": "31/31/2026"}, "Give the day like"),
        ("talk", {"how": "call", "on": "0001-01-01"}, "more than a year ago"),
        ("change", {"role": "vet", "communities": [], "cadence": "90"}, "Choose at least one community"),
        ("change", {"role": "vet", "communities": ["ZZZZZZ"], "cadence": "90"}, "Select a valid choice"),
        ("change", {"role": "vet", "cadence": "9" * 400}, "Choose at least one community"),
        ("give", {"to": "NOBODY"}, "Choose a colleague from the list"),
        ("give", {"to": "a\x00b"}, "Choose a colleague from the list"),
        ("successor", {"member": "ZZZZZZ"}, "No member has this reference"),
        ("successor", {"member": "a\x00b"}, "No member has this reference"),
        ("pulse", {**ANSWERS, "answer0": "6"}, "Select a valid choice"),
        ("pulse", {**ANSWERS, "words0": "He drives AB12 CDE"}, "Leave"),
        ("pulse", {**ANSWERS, "words0": HUGE}, "at most 300"),
    ],
)
def test_what_is_wrong_about_a_person_is_said_in_words(name: str, given: dict[str, Any], words: str) -> None:
    amos = cast.amos()
    contact = spoken_for(amos)

    answer = signed_in(amos).post(at(name, contact.ref), given, follow=True)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert (Talk.objects.count(), Pulse.objects.count()) == (0, 0)
    contact.refresh_from_db()
    assert (contact.officer, contact.successor, contact.role) == (amos, None, KeyRole.VET)


@pytest.mark.parametrize("number", ["", "x", "0", "9" * 18, "9" * 40, "-1", "²"])
def test_a_way_that_is_not_there_is_not_found(number: str) -> None:
    amos = cast.amos()
    community = spoken_for(amos).communities.get()

    answer = signed_in(amos).post(at("mechanism", community.ref), {"mechanism": number, "what": "end"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"way": "scheme", "cadence": "30"}, "Choose which watch scheme"),
        ({"way": "kin", "called": "x", "cadence": "30"}, "Select a valid choice"),
        ({"way": "meeting", "called": "Market", "cadence": "0"}, "from every 7"),
        ({"way": "meeting", "called": "Market", "cadence": "9" * 60}, "from every 7"),
        ({"way": "meeting", "called": "Market", "cadence": "30", "last_used": "2099-01-01"}, "still to come"),
    ],
)
def test_a_way_that_cannot_be_is_refused_in_words(given: dict[str, str], words: str) -> None:
    amos = cast.amos()
    community = spoken_for(amos).communities.get()

    answer = signed_in(amos).post(at("add_mechanism", community.ref), given)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Mechanism.objects.exists()


@pytest.mark.parametrize("area", ["x", "999999", "a\x00b", "9" * 60])
def test_the_matrix_is_shown_whole_for_an_area_that_is_none(area: str) -> None:
    spoken_for(cast.amos())

    answer = signed_in(cast.oakes()).get(at("matrix"), {"area": area})

    assert answer.status_code == 200


# ---------------------------------------------------------------- the same effort for many


def counted(client: Client, contact: KeyContact) -> dict[str, int]:
    community = contact.communities.get()
    return {
        **{name: queries_of(client, at(name)) for name in WITHOUT},
        **{name: queries_of(client, at(name, contact.ref)) for name in ("page", "pulse")},
        "community": queries_of(client, at("community", community.ref)),
        "whole": queries_of(client, f"{at('people')}?whose=all"),
        "desk": queries_of(client, reverse("desk:home:front")),
    }


def test_no_page_asks_more_for_sixty_than_for_three() -> None:
    amos = cast.amos()
    contact = spoken_for(amos)
    client = signed_in(amos)

    def more(numbers: range) -> None:
        for number in numbers:
            keeper = builders.officer(Role.CONSTABLE, name=f"Keeper {number}")
            one = builders.community(f"Community {number}")
            builders.key_contact(keeper, one, contact.communities.get(), member=builders.member(), next_due=DUE)

    more(range(3))
    few = counted(client, contact)
    more(range(3, 60))

    assert counted(client, contact) == few
