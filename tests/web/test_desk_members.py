"""Members, schemes, places and records on the desk."""

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import box

from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel, MemberState, SchemeKind, SchemeRole
from hueandcry.domain.messaging.models import Lag
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast
from tests.web.desk import queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db


def sign_up(**fields: object) -> dict[str, object]:
    return {
        "name": "Robin Wold",
        "where": "Holt Haven",
        "use": "farm",
        "mobile": "07700 900123",
        "purposes": ["alert"],
        "how": "spoken",
        "agreed": "on",
        **fields,
    }


@pytest.mark.parametrize(
    "name",
    [
        "members:list",
        "members:new",
        "schemes:list",
        "places:find",
        "places:ground",
        "places:boundaries",
        "records:list",
    ],
)
def test_stranger_may_not_open_the_screen(name: str) -> None:
    cast.dell()

    answer = signed_in(cast.grey()).get(reverse(f"desk:{name}"))

    assert answer.status_code == 403
    assert "Dell" not in answer.content.decode()


def test_nobody_comes_in_without_signing_in() -> None:
    answer = Client().get(reverse("desk:members:list"))

    assert answer.status_code == 302
    assert "/accounts/login" in answer["Location"]


def test_a_member_is_found_by_name_and_by_number() -> None:
    dell = cast.dell()
    builders.member(name="Noise")
    client = signed_in(cast.amos())

    by_name = client.get(reverse("desk:members:list"), {"text": "del"}).content.decode()
    by_number = client.get(reverse("desk:members:list"), {"text": "07700 900111"}).content.decode()

    for page in (by_name, by_number):
        assert reverse("desk:members:page", args=[dell.ref]) in page
        assert "Noise" not in page


def learned(member: Member, *, failed: int = 0, seconds: int | None = None, better: int = 0) -> Member:
    """Let six texts to a member have come after so many seconds, or failed."""
    Lag.objects.create(
        member=member,
        channel=Channel.SMS,
        sent=6,
        failed=failed,
        measured=6 - failed,
        seconds=seconds,
        better=better,
        learned_at=clock.now(),
    )
    return member


def test_why_somebody_is_rung_first_stands_beside_their_number() -> None:
    by_call = 1 << list(Channel).index(Channel.VOICE)
    works = learned(builders.member(), failed=2, seconds=4)
    slow = learned(builders.member(), seconds=540)
    fails = learned(builders.member(), failed=4, seconds=4)
    moved = learned(builders.member(landline="+442079460002"), seconds=540, better=by_call)
    unwilling = learned(builders.member(), seconds=540, better=by_call)
    client = signed_in(cast.amos())

    pages = [
        client.get(reverse("desk:members:page", args=[one.ref])).content.decode()
        for one in (works, slow, fails, moved, unwilling)
    ]

    first = ", so urgent alerts come by phone call first (at night only if they chose calls)."
    assert [page.partition('<span class="hc-under">')[2].partition("<")[0] for page in pages] == [
        "",
        "Slow: messages take about 9 minutes.",
        "4 of the last 6 did not arrive.",
        f"Slow: messages take about 9 minutes{first}",
        "Slow: messages take about 9 minutes.",
    ]


def test_opening_a_member_is_written_down() -> None:
    dell, amos = cast.dell(), cast.amos()

    page = signed_in(amos).get(reverse("desk:members:page", args=[dell.ref])).content.decode()

    assert "07… …111" in page
    assert "900111" not in page
    assert (
        Record.objects.filter(event="member.consulted", subject=f"member:{dell.ref}", actor=amos.as_actor()).count()
        == 1
    )


def test_a_number_is_shown_in_full_by_a_press_that_is_written_down() -> None:
    dell, amos = cast.dell(), cast.amos()
    noise = builders.member(name="Noise", mobile="+447700900999")
    client, address = signed_in(amos), reverse("desk:members:contacts", args=[dell.ref])

    by_link = client.get(address)
    page = client.post(address).content.decode()

    assert by_link.status_code == 405
    assert "07700 900111" in page
    assert "900999" not in page
    seen = Record.objects.filter(event="member.contact_seen")
    assert [(record.subject, record.actor) for record in seen] == [(f"member:{dell.ref}", amos.as_actor())]
    assert not seen.filter(subject=f"member:{noise.ref}").exists()


def test_a_stranger_and_a_partner_are_shown_no_number() -> None:
    dell = cast.dell()
    address = reverse("desk:members:contacts", args=[dell.ref])

    for officer, status in ((cast.grey(), 403), (cast.frost(), 404)):
        answer = signed_in(officer).post(address)
        assert answer.status_code == status
        assert "900111" not in answer.content.decode()
    assert not Record.objects.filter(event="member.contact_seen").exists()


def test_a_partner_does_not_find_who_agreed_to_the_force_only() -> None:
    dell, frost = cast.dell(), cast.frost()
    client = signed_in(frost)

    assert client.get(reverse("desk:members:page", args=[dell.ref])).status_code == 404
    assert "Dell" not in client.get(reverse("desk:members:list")).content.decode()


def test_stranger_reads_nothing_of_a_member_or_scheme() -> None:
    dell, client = cast.dell(), signed_in(cast.grey())

    for address in (
        reverse("desk:members:page", args=[dell.ref]),
        reverse("desk:schemes:page", args=[builders.scheme().ref]),
    ):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Dell" not in answer.content.decode()


def test_an_officer_signs_a_member_up() -> None:
    the_force()
    builders.place()
    topic, scheme, amos = builders.topic(), builders.scheme(), cast.amos()

    answer = signed_in(amos).post(
        reverse("desk:members:new"), sign_up(topics=[topic.pk], schemes=[scheme.pk], landline="020 7946 0123")
    )

    member = Member.objects.get(name="Robin Wold")
    assert answer["Location"] == reverse("desk:members:page", args=[member.ref])
    assert sorted(member.contacts.values_list("channel", "address")) == [
        ("sms", "+447700900123"),
        ("voice", "+442079460123"),
    ]
    assert {consent.taken_by for consent in Consent.objects.filter(member=member)} == {amos.as_actor()}
    assert member.places.get().point == builders.MIDDLE
    assert member.memberships.get().scheme == scheme


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"where": "Nowhere at all"}, "We do not know a place called"),
        ({"where": "51.5, -0.12"}, "outside Doggerland"),
        ({"mobile": "12"}, "number"),
        ({"agreed": ""}, "Read the words out"),
        ({"mobile": ""}, "reach"),
        ({"purposes": []}, "Choose at least one kind"),
    ],
)
def test_a_sign_up_that_lacks_something_says_what(wrong: dict[str, object], sentence: str) -> None:
    the_force()
    builders.place()

    page = signed_in(cast.amos()).post(reverse("desk:members:new"), sign_up(**wrong)).content.decode()

    assert sentence in page
    assert not Member.objects.filter(name="Robin Wold").exists()


def test_a_mistyped_mailbox_is_asked_about_and_believed_when_it_is_right() -> None:
    the_force()
    builders.place()
    client, typed = signed_in(cast.amos()), sign_up(email="robin@gmial.com")
    unasked = client.get(reverse("desk:members:new")).content.decode()

    asked = client.post(reverse("desk:members:new"), typed).content.decode()
    assert "Did you mean robin@gmail.com?" in asked
    assert "right as written" in asked
    assert "right as written" not in unasked
    assert not Member.objects.filter(name="Robin Wold").exists()
    client.post(reverse("desk:members:new"), {**typed, "certain": "on"})

    assert Member.objects.get(name="Robin Wold").contacts.get(channel="email").address == "robin@gmial.com"


def test_namesakes_are_named_and_never_guessed_between() -> None:
    the_force()
    builders.area("Northwold", kind=AreaKind.DISTRICT, shape=box(1.6, 54.6, 3.4, 55.2))
    builders.area("Southwold", kind=AreaKind.DISTRICT, shape=box(1.6, 54.0, 3.4, 54.6))
    builders.place(at=(2.5, 54.9))
    builders.place(at=(2.5, 54.2))
    client = signed_in(cast.amos())

    unclear = client.post(reverse("desk:members:new"), sign_up()).content.decode()
    clear = client.post(reverse("desk:members:new"), sign_up(where="Holt Haven, Southwold"))

    assert "Several places fit: Holt Haven, " in unclear
    assert clear.status_code == 302
    assert Member.objects.get(name="Robin Wold").places.get().point.lat == 54.2


def test_pause_resume_stop_and_leave() -> None:
    dell, client = cast.dell(), signed_in(cast.amos())

    client.post(reverse("desk:members:pause", args=[dell.ref]), {"until": ""})
    dell.refresh_from_db()
    assert dell.state == MemberState.PAUSED
    client.post(reverse("desk:members:resume", args=[dell.ref]))
    dell.refresh_from_db()
    assert dell.state == MemberState.ACTIVE
    client.post(reverse("desk:members:withdraw", args=[dell.ref]), {"channel": "sms"})
    assert not Consent.objects.filter(member=dell, withdrawn_at=None).exists()
    client.post(reverse("desk:members:leave", args=[dell.ref]))
    dell.refresh_from_db()
    assert dell.state == MemberState.ACTIVE, "nobody leaves by one slip of the finger"
    client.post(reverse("desk:members:leave", args=[dell.ref]), {"sure": "1"})
    dell.refresh_from_db()
    assert dell.state == MemberState.LEFT


def test_a_pause_that_is_over_already_is_refused_in_words() -> None:
    dell, client = cast.dell(), signed_in(cast.amos())

    past = client.post(
        reverse("desk:members:pause", args=[dell.ref]), {"until": "2020-01-01"}, follow=True
    ).content.decode()
    wrong = client.post(reverse("desk:members:pause", args=[dell.ref]), {"until": "soon"}, follow=True).content.decode()

    assert "Choose a day that is still to come." in past
    assert "Give the day like 2026-11-22." in wrong


def test_who_may_only_look_is_shown_no_buttons_and_cannot_press_them() -> None:
    dell, client = cast.dell(), signed_in(cast.oakes())

    page = client.get(reverse("desk:members:page", args=[dell.ref])).content.decode()
    pressed = client.post(reverse("desk:members:leave", args=[dell.ref]), {"sure": "1"})

    assert "I am sure" not in page
    assert pressed.status_code == 403


def test_a_scheme_lists_its_coordinator_first() -> None:
    scheme = builders.scheme()
    builders.member(name="Abel Dyke", schemes=(scheme,))
    zoe = builders.member(name="Zoe Marsh", schemes=(scheme,))
    zoe.memberships.update(role=SchemeRole.COORDINATOR)
    builders.member(name="Noise", schemes=(builders.scheme("Wold Horse Watch", SchemeKind.HORSE),))

    page = signed_in(cast.amos()).get(reverse("desk:schemes:page", args=[scheme.ref])).content.decode()

    assert 0 < page.index("Zoe Marsh") < page.index("Abel Dyke")
    assert "Noise" not in page


def test_a_place_is_shown_with_what_holds_it_and_who_watches() -> None:
    the_force()
    builders.area("Holt parish")
    builders.area("Far parish", shape=box(1.7, 54.0, 1.9, 54.1))
    builders.place()
    cast.dell()
    builders.member(name="Far", at=(1.8, 54.05))

    page = signed_in(cast.amos()).get(reverse("desk:places:find"), {"text": "holt haven"}).content.decode()

    assert "Holt parish" in page
    assert "Far parish" not in page
    assert "All members: 1 person: 1 by text" in page
    assert "Farm Watch: 1 person" in page


def test_maps_are_drawn_from_our_own_ground() -> None:
    the_force()
    parish = builders.area("Holt parish")
    builders.place()
    client = signed_in(cast.amos())

    ground = client.get(reverse("desk:places:ground")).json()
    outlines = client.get(
        reverse("desk:places:boundaries"), {"ids": f"{parish.id},nonsense,0,99999999999999999999"}
    ).json()

    assert [feature["properties"]["name"] for feature in ground["areas"]["features"]] == ["Doggerland"]
    assert ground["names"]["features"][0]["properties"] == {"name": "Holt Haven", "kind": "village"}
    assert [feature["properties"]["name"] for feature in outlines["features"]] == ["Holt parish"]


def test_the_auditor_reads_the_trail_and_narrows_it() -> None:
    dell, amos = cast.dell(), cast.amos()
    other = builders.member(name="Other")
    for member in (dell, other):
        signed_in(amos).get(reverse("desk:members:page", args=[member.ref]))
    client = signed_in(builders.officer(Role.AUDITOR, name="Vetch"))

    everything = client.get(reverse("desk:records:list")).content.decode()
    narrowed = client.get(reverse("desk:records:list"), {"subject": f"member:{dell.ref}"}).content.decode()

    assert everything.count("Member consulted") == 2
    assert "PC Amos" in narrowed
    assert narrowed.count("Member consulted") == 1
    assert signed_in(amos).get(reverse("desk:records:list")).status_code == 403


def test_the_trail_is_read_page_by_page() -> None:
    dell, amos = cast.dell(), signed_in(cast.amos())
    for _ in range(60):
        amos.get(reverse("desk:members:page", args=[dell.ref]))
    client = signed_in(builders.officer(Role.AUDITOR, name="Vetch"))

    first = client.get(reverse("desk:records:list"))
    older = client.get(reverse("desk:records:list"), {"before": first.context["older"]})

    assert len(first.context["records"]) == 50
    assert len(older.context["records"]) == 10
    assert older.context["older"] is None


@pytest.mark.parametrize("name", ["members:list", "schemes:list", "records:list"])
def test_sixty_rows_take_no_more_questions_than_three(name: str) -> None:
    officer = builders.officer(Role.INSPECTOR, name="Moor")
    client, address = signed_in(officer), reverse(f"desk:{name}")

    def more(start: int, end: int) -> None:
        for number in range(start, end):
            member = builders.member(name=f"Row {number}", schemes=(builders.scheme(f"Scheme {number}"),))
            client.get(reverse("desk:members:page", args=[member.ref]))

    more(0, 3)
    few = queries_of(client, address)
    more(3, 60)
    many = queries_of(client, address)

    assert many == few


def test_a_scheme_of_sixty_takes_no_more_questions_than_one_of_three() -> None:
    client, scheme = signed_in(cast.amos()), builders.scheme()
    address = reverse("desk:schemes:page", args=[scheme.ref])

    for _ in range(3):
        builders.member(schemes=(scheme,))
    few = queries_of(client, address)
    for _ in range(57):
        builders.member(schemes=(scheme,))
    many = queries_of(client, address)

    # One more: the second page is offered without counting again.
    assert many == few
