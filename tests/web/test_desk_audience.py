"""The builder of audiences: every shape and condition, what would not be reached, kept audiences, barriers."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from shapely.geometry import LineString, box, mapping

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.insight.models import Population
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import saving
from hueandcry.domain.members.models import Consent, Membership, SavedAudience
from hueandcry.domain.members.queries import saved
from hueandcry.domain.members.rules import (
    AudienceError,
    AudienceQuestion,
    Channel,
    Corridor,
    Language,
    MemberState,
    Part,
    Ring,
    SchemeKind,
    SchemeRole,
    Tier,
)
from hueandcry.domain.messaging.models import Lag
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.models import Barrier, Way
from hueandcry.domain.places.rules import AreaKind, Circle, WayKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import audience_form, questions_of, signed_in

pytestmark = pytest.mark.django_db
LON, LAT = builders.MIDDLE
KM = 1 / 111.32
AROUND = {"circle_place": "54.5, 2.5", "circle_miles": "5"}
CROSSED = json.dumps({"type": "Polygon", "coordinates": [[[2, 54], [3, 55], [3, 54], [2, 55], [2, 54]]]})
NOON = dt.datetime(2026, 1, 14, 12, 0, tzinfo=ZoneInfo("Europe/London"))


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON):
        yield


def at(name: str, alert: Alert) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def posted(alert: Alert, name: str = "audience", **changes: Any) -> Any:
    return signed_in(alert.author).post(at(name, alert), audience_form(**changes))


def bare(**changes: Any) -> dict[str, Any]:
    """Return a form with nothing but what is given."""
    return {"circle_place": "", "circle_miles": "", "scheme_kinds": [], "lowest_tier": "member", **changes}


def asked(alert: Alert) -> AudienceQuestion:
    found = queries.question_of(alert=alert)
    assert found is not None
    return found


def counted(alert: Alert, **changes: Any) -> str:
    return " ".join(posted(alert, "count", **bare(**changes)).content.decode().split())


def road(name: str = "B6") -> None:
    line = LineString([(LON - 0.2, LAT), (LON + 0.2, LAT)])
    Way.objects.create(
        code=name, name=name, kind=WayKind.ROAD, shape=shapely.to_wkb(line), box=line.bounds, source="test"
    )


# ---------------------------------------------------------------- by which way


def test_who_is_reached_another_way_because_theirs_is_slow_is_counted_by_that_one() -> None:
    alert = given.drafted(cast.amos())
    moved, _ = builders.member(landline="+442079460001"), builders.member(landline="+442079460002")
    place = {"circle_place": "54.5, 2.5", "circle_miles": "3"}
    before = counted(alert, **place)
    Lag.objects.create(
        member=moved,
        channel=Channel.SMS,
        sent=6,
        failed=0,
        measured=6,
        seconds=540,
        better=1 << list(Channel).index(Channel.VOICE),
        learned_at=clock.now(),
    )
    after = counted(alert, **place)

    assert "2 people: 2 by text." in before
    assert "another way first" not in before
    assert "2 people: 1 by text, 1 by phone call." in after
    assert "1 member by another way first: theirs was slow or failed." in after
    assert "1 text part," in after, "a call is no text: it costs none"


# ---------------------------------------------------------------- every shape


def test_a_road_by_its_name_a_ring_and_a_drawn_line_are_kept() -> None:
    road()
    alert = given.drafted(cast.amos())
    line = json.dumps({"type": "LineString", "coordinates": [[LON, LAT], [LON, LAT + 0.1]]})

    posted(
        alert,
        **bare(
            way="b6", way_from=f"{LAT}, {LON - 0.1}", way_to=f"{LAT}, {LON + 0.1}", line=line, line_miles="1.25",
            ring_place=f"{LAT}, {LON}", ring_kmh="30", ring_from="5", ring_until="20",
        ),
    )  # fmt: skip

    drawn, along = asked(alert).corridors
    assert drawn.line == ((LON, LAT), (LON, LAT + 0.1))
    assert [round(lon, 6) for lon, _ in along.line] == [LON - 0.1, LON + 0.1]
    assert along.width_m == pytest.approx(2_011.68)
    assert asked(alert).rings == (Ring(LON, LAT, 20, 30, 5),)


def test_add_carries_a_circle_a_line_and_a_ring_along_and_empties_their_boxes_with_and_without_javascript() -> None:
    alert = given.drafted(cast.amos())
    filled = audience_form(
        line="54.5, 2.5\n54.6, 2.6", line_miles="1", ring_place="54.5, 2.5", ring_kmh="5", ring_until="30", topics=[]
    )

    fragment = signed_in(alert.author).post(at("reaches", alert), filled)
    page = signed_in(alert.author).post(at("audience", alert), {**filled, "add": "1"})

    for answer in (fragment, page):
        form = answer.context["form"]
        words = [chip.words for chip in form.chips()]
        assert [one.split(" ")[0] for one in words] == ["Circle", "Line", "Up"]
        assert "on foot" not in words[2].lower()
        assert not any(form[name].value() for name in ("circle_place", "line", "ring_place", "ring_until"))
    assert fragment["HX-Trigger-After-Settle"] == "reaches"
    assert not Record.objects.filter(event="alert.audience_chosen", subject=f"alert:{alert.ref}", facts__members=99)


def test_what_cannot_be_read_stays_in_its_boxes_and_the_rest_is_carried_along() -> None:
    alert = given.drafted(cast.amos())

    answer = posted(alert, "reaches", ring_place="nowhere at all", ring_until="10", ring_kmh="60")

    form = answer.context["form"]
    assert [chip.words.split(" ")[0] for chip in form.chips()] == ["Circle"]
    assert form["ring_place"].value() == "nowhere at all"
    assert "We do not know a place called" in answer.content.decode()


def test_nothing_that_the_form_cannot_show_is_lost_on_keeping() -> None:
    farm, closed = builders.scheme(), builders.scheme("Old Watch", SchemeKind.HORSE, state="closed")
    topic, ward = builders.topic(), builders.area("Holt Ward", kind=AreaKind.WARD)
    square = json.dumps({"type": "Polygon", "coordinates": [[[2.4, 54.4], [2.6, 54.4], [2.6, 54.6], [2.4, 54.4]]]})
    question = given.question(
        areas=(ward.id,),
        polygons=(square, square.replace("2.6", "2.7")),
        circles=tuple(Circle(LON + n / 10, LAT, 3_000.0 + n) for n in range(3)),
        corridors=(Corridor(((LON, LAT), (LON, LAT + 0.1)), 500.0),),
        rings=(Ring(LON, LAT, 33, 47, 3),),
        schemes=(farm.pk, closed.pk),
        topics=(topic.slug,),
        languages=(Language.WELSH,),
        channels=(Channel.EMAIL,),
        must=(
            Part(topics=(topic.slug,)),
            Part(areas=(ward.id,)),
            Part(topics=(topic.slug,), schemes=(closed.pk,)),
            Part(topics=(topic.slug, "other")),
        ),
        exclude=(Part(schemes=(farm.pk,), areas=(ward.id,)),),
    )
    alert = given.drafted(cast.amos(), asked=question)
    client = signed_in(alert.author)
    before = asked(alert)
    page = client.get(at("audience", alert)).context["form"]
    form = {bound.name: bound.value() for bound in page if bound.value() not in (None, "")}
    client.post(at("audience", alert), {**form, "areas": page.ticked, "kept": [chip.value for chip in page.chips()]})

    after = asked(alert)

    assert sorted(map(repr, after.must)) == sorted(map(repr, before.must))
    assert [round(circle.radius_m) for circle in after.circles] == [3_000, 3_001, 3_002]
    for name in (
        *("areas", "polygons", "corridors", "rings", "schemes", "topics"),
        *("languages", "channels", "exclude", "lowest_tier"),
    ):
        assert getattr(after, name) == getattr(before, name), name


def test_must_also_and_but_not_narrow_who_is_meant() -> None:
    alert = given.drafted(cast.amos())
    topic, horse = builders.topic(), builders.scheme("Holt Horse Watch", SchemeKind.HORSE)
    wanted = given.farmer(topics=(topic,))
    given.farmer()
    builders.member(schemes=(builders.scheme(), horse), topics=(topic,))

    posted(alert, also_topics=[topic.slug], not_schemes=[str(horse.pk)])

    assert asked(alert).must == (Part(topics=(topic.slug,)),)
    assert asked(alert).exclude == (Part(schemes=(horse.pk,)),)
    assert members.audience(question=queries.meant(alert=alert)).tolist() == [wanted.pk]


def test_an_area_that_must_not_hold_is_read_by_name_or_code_and_shown_again() -> None:
    alert, holt = given.drafted(cast.amos()), builders.area("Holt")
    builders.area("Holt End", shape=box(2, 54, 2.1, 54.1))

    posted(alert, not_areas="holt\n")
    shown = signed_in(alert.author).get(at("audience", alert)).context["form"]["not_areas"].value()
    again = posted(alert, not_areas=shown)

    assert asked(alert).exclude == (Part(areas=(holt.id,)),)
    assert shown == "Holt (Holt, 2026)"
    assert again.status_code == 302


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drawn": CROSSED}, "crosses itself"),
        ({"line": "54.5, 2.5", "line_miles": "1"}, "at least two places"),
        ({"line": "54.5, 2.5\n54.5, 2.5", "line_miles": "1"}, "at least two places"),
        ({"line": "54.5, 2.5\n54.6, 2.5"}, "how many miles to each side"),
        ({"way_from": "54.5, 2.5"}, "which road or river"),
        ({"way": "M999", "line_miles": "1"}, "No road or river is called"),
        ({"way": "x" * 121, "line_miles": "1"}, "at most 120 characters"),
        ({"ring_place": "54.5, 2.5", "ring_until": "0"}, "at least 1 minutes"),
        ({"ring_place": "54.5, 2.5"}, "within how many minutes"),
        ({"ring_until": "10"}, "where they set out"),
        ({"ring_place": "54.5, 2.5", "ring_from": "20", "ring_until": "10"}, "must be the smaller"),
        ({"ring_place": "54.5, 2.5", "ring_until": "10", "ring_kmh": "1000"}, "valid choice"),
        ({"kept": ["{"]}, "cannot be read"),
        ({"kept": ["[" * 100_000]}, "cannot be read"),
        ({"kept": ['{"circles":[[1,2]]}']}, "cannot be read"),
        ({"kept": ['{"circles":[[NaN,54,100]]}', '{"rings":[[2,54,1e999,60,0]]}']}, "cannot be read"),
        ({"kept": ['{"corridors":[[[[2.5,54.5]],0]]}']}, "1 metre"),
        ({"kept": ['{"rings":[[2.5,54.5,0,60,0]]}']}, "above 0"),
        ({"kept": [f'{{"circles":[[{2.5 + n / 1000},54.5,100]]}}' for n in range(500)]}, "at most 100 fit"),
        ({"not_areas": "Atlantis"}, "No area is called"),
        ({"not_areas": "\n".join(f"A{n}" for n in range(21))}, "At most 20 areas"),
        ({"also_schemes": ["987654"]}, "valid choice"),
        ({"kept": ['{"must":[{"schemes":[987654]}]}']}, "not yours to see"),
        ({"kept": ['{"exclude":[{"areas":[987654]}]}']} | AROUND, "not there any more"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence_and_nothing_is_kept(changes: dict[str, Any], said: str) -> None:
    alert = given.drafted(cast.amos())
    before = asked(alert)

    count, keep = counted(alert, **changes), posted(alert, **bare(**changes))
    added = posted(alert, "reaches", **bare(**changes))

    assert said in count
    assert keep.status_code == 200
    assert said in " ".join(keep.content.decode().replace("&quot;", '"').split())
    assert added.status_code == 200
    assert asked(alert) == before


def test_a_partner_can_neither_choose_nor_carry_along_a_scheme_of_another_organisation() -> None:
    frost, theirs = cast.frost(), builders.scheme("Force Farm Watch")
    alert = given.drafted(frost)

    chosen = posted(alert, **bare(schemes=[str(theirs.pk)]))
    must = json.dumps({"must": [{"schemes": [theirs.pk]}]})
    carried = posted(alert, **bare(kept=[must], **AROUND))

    assert "valid choice" in chosen.content.decode()
    assert "not yours to see" in carried.content.decode()


def test_a_partner_counts_only_its_own_members_and_sees_only_its_own_schemes() -> None:
    frost = cast.frost()
    builders.member(agreed_to=frost.organisation)
    for _ in range(3):
        coordinator = builders.member(schemes=(builders.scheme(area_id=builders.area().id),))
    Membership.objects.filter(member=coordinator).update(role=SchemeRole.COORDINATOR)
    alert = given.drafted(frost)

    page = counted(alert, circle_place="54.5, 2.5", circle_miles="5")

    assert "1 person: 1 by text" in page
    assert "Holt Farm Watch" not in page


# ---------------------------------------------------------------- who will not be reached


def test_the_preview_says_who_is_not_reached_why_what_it_costs_and_who_could_carry_it_on() -> None:
    ground = builders.area("Holt", kind=AreaKind.WARD)
    empty = builders.area("Ebbcote", kind=AreaKind.WARD, shape=box(LON + 0.1, LAT - 0.1, LON + 0.3, LAT + 0.1))
    builders.area("Far", kind=AreaKind.WARD, shape=box(LON + 0.5, LAT - 0.1, LON + 0.6, LAT + 0.1))
    Population.objects.create(area_id=ground.id, households=240, source="census")
    Population.objects.create(area_id=empty.id, households=60, source="census")
    scheme = builders.scheme(area_id=ground.id)
    coordinator = builders.member(schemes=(scheme,))
    Membership.objects.filter(member=coordinator).update(role=SchemeRole.COORDINATOR)
    builders.member(state=MemberState.PAUSED)
    builders.member(mobile=None)  # who agreed to nothing is nobody's to count
    silent = builders.member()
    silent.contacts.update(suspended_at=clock.now())
    council = builders.partner("Holt Parish Council", kind=OrganisationKind.COUNCIL, area_id=ground.id)
    builders.officer(Role.CLERK, name="Clerk", organisation=council)
    builders.partner("Faraway Council", kind=OrganisationKind.COUNCIL)
    alert = given.drafted(cast.amos())

    page = counted(alert, areas=[ground.id, empty.id])

    assert "2 people: 1 by text, 1 cannot be reached" in page
    assert "1 text part, about £0.04" in page
    assert "About 300 households there" in page
    assert "1 of 2 wards inside has no members; 1 has fewer than 10" in page
    assert "None: Ebbcote" in page
    assert "Asked us to pause" in page
    assert "Messages to them came back" in page
    assert f'href="{reverse("desk:schemes:page", args=[scheme.ref])}">Holt Farm Watch</a>: 1 coordinator' in page
    assert 'Holt Parish Council, <a class="govuk-link" href="mailto:clerk@example.org">' in page
    assert "Faraway" not in page


def test_the_preview_says_when_the_alert_itself_is_for_fewer_than_are_ticked() -> None:
    given.farmer()
    builders.member(tier=Tier.MEMBER)
    alert = given.drafted(cast.amos())
    where = {"circle_place": "54.5, 2.5", "circle_miles": "5"}

    fewer, as_ticked = counted(alert, **where), counted(alert, **where, lowest_tier="vetted")

    assert "1 person: 1 by text" in fewer
    assert "1 person: 1 by text" in as_ticked
    assert "This alert is for vetted watch members only" in fewer
    assert "This alert is for" not in as_ticked


def test_at_night_the_preview_says_until_when_they_sleep_unless_it_is_urgent() -> None:
    given.farmer()
    calm, urgent = given.drafted(cast.amos(), urgency=Urgency.TODAY), given.drafted(cast.birch())
    where = {"circle_place": "54.5, 2.5", "circle_miles": "5"}

    by_day = counted(calm, **where)
    with time_machine.travel(NOON + dt.timedelta(hours=11)):
        by_night, now = counted(calm, **where), counted(urgent, **where)

    assert "Asleep" not in by_day
    assert '1 member<span class="hc-under">Asleep until tomorrow 08:00' in by_night
    assert "Asleep" not in now


def test_half_of_an_area_has_the_share_of_its_postcodes() -> None:
    ground = builders.area("Holt", kind=AreaKind.OA)
    Population.objects.create(area_id=ground.id, households=300, source="census")
    for number, east in enumerate((-0.08, -0.05, -0.02, 0.05)):
        places_of = (f"DG1 1A{'BDEF'[number]}", LON + east, LAT)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO places_postcode (code, point, uncertainty_m, edition, source)"
                " VALUES (%s, point(%s, %s), 100, '2026-01', 'test')",
                [places_of[0].replace(" ", ""), *places_of[1:]],
            )
    alert = given.drafted(cast.amos())
    west = json.dumps(mapping(box(LON - 0.2, 54, LON, 55)))

    assert "About 225 households there" in counted(alert, drawn=west)


def test_the_preview_asks_as_many_questions_for_many_members_as_for_one() -> None:
    builders.area("Holt", kind=AreaKind.WARD)
    alert = given.drafted(cast.amos(), urgency=Urgency.TODAY)
    client = signed_in(alert.author)
    form = audience_form(lowest_tier="member")

    def questions() -> int:
        return questions_of(lambda: client.post(at("count", alert), form))

    given.farmer()
    few = questions()
    given.many_farmers(40)
    lost = [given.farmer() for _ in range(10)]
    Consent.objects.filter(member__in=lost).update(withdrawn_at=clock.now())

    assert questions() == few


# ---------------------------------------------------------------- kept audiences


def keep(name: str = "Farms round Holt", **changes: Any) -> SavedAudience:
    officer = changes.pop("officer", None) or cast.amos()
    question = AudienceQuestion(0, circles=(Circle(LON, LAT, 8_000.0),), **changes)
    return saving.save_audience(officer=officer, name=name, question=question)


def test_an_audience_is_kept_from_the_builder_used_again_renamed_and_ended_and_stays_live() -> None:
    first = given.drafted(cast.amos())
    client = signed_in(first.author)

    client.post(at("audience", first), audience_form(save="1", save_as=" Farms  round Holt "))
    kept = SavedAudience.objects.get()
    second = given.drafted(cast.birch())
    given.farmer()
    used = signed_in(second.author).get(at("audience", second), {"saved": kept.ref}).content.decode()
    given.farmer()
    page = client.get(reverse("desk:audiences:page", args=[kept.ref])).content.decode()
    listed = client.get(reverse("desk:audiences:list")).content.decode()
    client.post(reverse("desk:audiences:rename", args=[kept.ref]), {"name": "Farms"})
    client.post(reverse("desk:audiences:end", args=[kept.ref]))

    assert kept.name == "Farms round Holt"
    assert "1 person: 1 by text" in used
    assert "2 people: 2 by text" in page
    assert "PC Amos" in listed
    assert "people" not in listed.split("<tbody")[1].split("</tbody")[0]
    events = Record.objects.filter(subject=f"audience:{kept.ref}").order_by("id").values_list("event", flat=True)
    assert list(events) == ["audience.saved", "audience.renamed", "audience.ended"]
    assert "None is kept yet" in client.get(reverse("desk:audiences:list")).content.decode()


def test_a_name_is_there_once_until_it_is_ended_and_the_same_twice_is_kept_once() -> None:
    officer = cast.amos()
    kept = keep(officer=officer)

    assert keep(officer=officer).pk == kept.pk
    with pytest.raises(AudienceError, match="already"):
        keep(officer=officer, lowest_tier=Tier.VETTED)
    other = keep("Another", officer=officer)
    with pytest.raises(AudienceError, match="already"):
        saving.rename_audience(officer=officer, ref=other.ref, name=kept.name)
    saving.end_audience(officer=officer, ref=kept.ref)
    assert keep(officer=officer, lowest_tier=Tier.VETTED).pk != kept.pk
    with pytest.raises(NotHereError):
        saving.end_audience(officer=officer, ref=kept.ref)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_kept_audience_needs_a_short_name(name: str) -> None:
    with pytest.raises(AudienceError, match="name"):
        keep(name)


def test_kept_audiences_are_for_the_same_organisation_only_and_never_ask_for_anothers_members() -> None:
    kept, frost = keep(), cast.frost()
    builders.member()
    mine = builders.member(agreed_to=frost.organisation)
    theirs = saving.save_audience(
        officer=frost, name="All", question=AudienceQuestion(builders.force().pk, circles=(Circle(LON, LAT, 9_000.0),))
    )
    stranger, partner = signed_in(cast.grey()), signed_in(frost)

    assert members.audience(question=saved.question_of(kept=theirs)).tolist() == [mine.pk]
    for name in ("page", "count"):
        assert partner.get(reverse(f"desk:audiences:{name}", args=[kept.ref])).status_code == 404
        assert stranger.get(reverse(f"desk:audiences:{name}", args=[kept.ref])).status_code == 403
    for name in ("rename", "end"):
        assert partner.post(reverse(f"desk:audiences:{name}", args=[kept.ref]), {"name": "Mine"}).status_code == 404
    assert "Farms round Holt" not in partner.get(reverse("desk:audiences:list")).content.decode()
    assert stranger.get(reverse("desk:audiences:list")).status_code == 403


def test_the_list_of_kept_audiences_counts_nobody_however_many_there_are() -> None:
    officer = cast.amos()
    for number in range(25):
        keep(f"Audience {number:02}", officer=officer)
    client = signed_in(officer)

    with CaptureQueriesContext(connection) as captured:
        first = client.get(reverse("desk:audiences:list")).content.decode()

    assert "Audience 19" in first
    assert "Audience 20" not in first
    assert not any("members_reach" in query["sql"] for query in captured.captured_queries)


# ---------------------------------------------------------------- barriers


def barrier_form(**changes: str) -> dict[str, str]:
    return {"name": "Holt estuary", "line": "54.52, 2.2\n54.52, 2.8", **changes}


def draws(client: Client, **changes: str) -> Any:
    return client.post(reverse("desk:barriers:draw"), barrier_form(**changes))


def test_an_inspector_draws_a_barrier_and_the_other_bank_is_not_meant_until_it_is_taken_away() -> None:
    inspector = signed_in(builders.officer(Role.INSPECTOR))
    given.farmer()
    given.farmer(at=(LON, LAT + 0.04))
    alert = given.drafted(cast.amos())
    where = {"circle_place": "54.5, 2.5", "circle_miles": "5"}
    both = counted(alert, **where)

    drawn = draws(inspector)
    one_bank = counted(alert, **where)
    made = Barrier.objects.get()
    page = inspector.get(reverse("desk:barriers:list")).content.decode()
    on_the_map = inspector.get(reverse("desk:barriers:outlines")).json()["features"]
    inspector.post(reverse("desk:barriers:remove", args=[made.ref]))

    assert drawn.status_code == 302
    assert "2 people" in both
    assert "1 person" in one_bank
    assert "Holt estuary" in page
    assert [feature["properties"]["name"] for feature in on_the_map] == ["Holt estuary"]
    assert "2 people" in counted(alert, **where)


def test_only_the_forces_engagement_lead_and_inspector_draw_barriers() -> None:
    theirs = builders.officer(Role.ENGAGEMENT, organisation=builders.partner())
    line = '{"type":"LineString","coordinates":[[2,54],[3,54]]}'
    made = places.draw_barrier(name="Wall", line=line, actor="officer:TEST22")

    stranger = cast.grey()

    for officer, status in ((cast.amos(), 403), (cast.frost(), 403), (stranger, 403), (theirs, 404)):
        assert draws(signed_in(officer)).status_code == status
        assert signed_in(officer).post(reverse("desk:barriers:remove", args=[made.ref])).status_code == status
    assert Barrier.objects.count() == 1
    assert signed_in(stranger).get(reverse("desk:barriers:list")).status_code == 403
    assert "Keep the barrier" not in signed_in(cast.birch()).get(reverse("desk:barriers:list")).content.decode()
    assert draws(signed_in(builders.officer(Role.ENGAGEMENT))).status_code == 302


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Say what it is"),
        ({"line": ""}, "Draw the line"),
        ({"line": "54.5, 2.5"}, "at least two places"),
        ({"line": "{"}, "not GeoJSON"),
        ({"line": "nowhere\n54.5, 2.5"}, "Line 1"),
        ({"name": "x" * 81}, "at most 80 characters"),
    ],
)
def test_a_barrier_that_cannot_be_is_refused_and_what_was_written_stays(changes: dict[str, str], said: str) -> None:
    answer = draws(signed_in(builders.officer(Role.INSPECTOR)), **changes)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert changes.get("line", "54.52, 2.2") in page
    assert not Barrier.objects.exists()
