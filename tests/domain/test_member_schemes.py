"""Schemes: founding, proposing, coming in, handing over, closing; who rings whom; whom one may invite."""

import json

import pytest
from django.db import IntegrityError, transaction
from shapely.geometry import box, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members.actions import MemberError
from hueandcry.domain.members.actions import schemes as actions
from hueandcry.domain.members.models import ContactPoint, Member, MemberPlace, Membership, Scheme
from hueandcry.domain.members.queries import schemes as queries
from hueandcry.domain.members.rules import (
    Limits,
    MembershipState,
    PlaceUse,
    SchemeDraft,
    SchemeKind,
    SchemeRole,
    SchemeState,
)
from hueandcry.domain.members.rules.schemes import check_limits, check_scheme, divided
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from tests import builders, cast

LIMITS = Limits(2, notes_checked=True, notes_from=540, notes_until=1020)


# ---------------------------------------------------------------- rules, without a database


@pytest.mark.parametrize(
    ("people", "ringers", "given", "wanted"),
    [
        ([1, 2, 3], [8, 9], {}, {1: 8, 2: 9, 3: 8}),
        ([1, 2, 3], [8, 9], {1: 9, 2: 9}, {1: 9, 2: 9, 3: 8}),
        ([1, 2], [9], {1: 8}, {1: 9, 2: 9}),
        ([1, 2], [], {1: 8}, {}),
        ([8, 9], [8, 9], {}, {8: 9, 9: 8}),
        ([8], [8], {8: 8}, {}),
        ([], [8], {1: 8}, {}),
    ],
)
def test_who_rings_whom_is_even_and_nobody_changes_without_need(
    people: list[int], ringers: list[int], given: dict[int, int], wanted: dict[int, int]
) -> None:
    assert divided(people, ringers, given) == wanted


@pytest.mark.parametrize(
    "limits",
    [
        Limits(-1, notes_checked=True, notes_from=540, notes_until=1020),
        Limits(15, notes_checked=True, notes_from=540, notes_until=1020),
        Limits(2, notes_checked=True, notes_from=1020, notes_until=540),
        Limits(2, notes_checked=True, notes_from=540, notes_until=540),
        Limits(2, notes_checked=True, notes_from=0, notes_until=1441),
    ],
)
def test_limits_that_mean_nothing_are_refused(limits: Limits) -> None:
    with pytest.raises(MemberError):
        check_limits(limits)


@pytest.mark.parametrize("draft", [SchemeDraft(SchemeKind.FARM, " "), SchemeDraft(SchemeKind.OTHER, "N" * 121)])
def test_a_scheme_without_a_good_name_is_refused(draft: SchemeDraft) -> None:
    with pytest.raises(MemberError):
        check_scheme(draft)


def test_only_another_kind_has_a_kind_of_its_own() -> None:
    assert check_scheme(SchemeDraft(SchemeKind.OTHER, "X", " Allotment  Watch ")).own_kind == "Allotment Watch"
    assert check_scheme(SchemeDraft(SchemeKind.FARM, "X", "Allotment Watch")).own_kind == ""


# ---------------------------------------------------------------- with it


@pytest.mark.django_db
class TestSchemes:
    """What needs tables."""

    def test_the_database_allows_one_main_coordinator(self) -> None:
        scheme = builders.scheme()
        for name in ("One", "Two"):
            builders.member(name=name, schemes=(scheme,))
        Membership.objects.filter(member__name="One").update(role=SchemeRole.COORDINATOR)

        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(member__name="Two").update(role=SchemeRole.COORDINATOR)
        with pytest.raises(MemberError, match="main coordinator already"):
            actions.join_scheme(
                member_id=Member.objects.get(name="Two").pk,
                scheme_id=scheme.pk,
                role=SchemeRole.COORDINATOR,
                actor="officer:TEST22",
            )

    def test_an_officer_sets_another_main_and_the_first_becomes_deputy(self) -> None:
        scheme = builders.scheme()
        for name in ("One", "Two"):
            builders.member(name=name, schemes=(scheme,))
        for name in ("One", "Two"):
            actions.set_role(
                scheme_id=scheme.pk,
                member_ref=Member.objects.get(name=name).ref,
                role=SchemeRole.COORDINATOR,
                actor="officer:TEST22",
            )

        roles = dict(Membership.objects.values_list("member__name", "role"))
        assert roles == {"One": SchemeRole.DEPUTY, "Two": SchemeRole.COORDINATOR}
        with pytest.raises(MemberError, match="who follows you"):
            actions.set_role(
                scheme_id=scheme.pk,
                member_ref=Member.objects.get(name="Two").ref,
                role=SchemeRole.MEMBER,
                actor="officer:TEST22",
            )

    def test_a_closed_scheme_has_nobody_and_takes_nobody(self) -> None:
        scheme = builders.scheme()
        dell, other = builders.member(schemes=(scheme,)), builders.member()

        ended = actions.close_scheme(officer=_birch(), scheme_ref=scheme.ref)

        assert ended == 1
        assert queries.my_schemes(member_id=dell.pk) == []
        with pytest.raises(MemberError, match="does not run"):
            actions.ask_to_join(member_id=other.pk, scheme_id=scheme.pk)
        with pytest.raises(MemberError, match="closed already"):
            actions.close_scheme(officer=_birch(), scheme_ref=scheme.ref)
        assert Record.objects.filter(event="scheme.closed").count() == 1

    def test_who_may_not_rule_schemes_changes_none(self) -> None:
        scheme = builders.scheme()

        with pytest.raises(MemberError, match="Ask a supervisor"):
            actions.close_scheme(officer=cast.amos(), scheme_ref=scheme.ref)
        with pytest.raises(NotHereError):
            actions.change_scheme(
                officer=builders.officer(*Role, name="Allseer", organisation=builders.partner("Elsewhere Fire")),
                scheme_ref=scheme.ref,
                draft=SchemeDraft(SchemeKind.FARM, "Mine"),
                limits=LIMITS,
            )

    def test_a_name_that_is_taken_and_an_outline_that_crosses_itself_are_refused(self) -> None:
        builders.scheme("Taken")
        scheme = builders.scheme("Other")
        crossed = '{"type":"Polygon","coordinates":[[[2,54],[3,55],[3,54],[2,55],[2,54]]]}'

        for draft in (SchemeDraft(SchemeKind.FARM, "Taken"), SchemeDraft(SchemeKind.FARM, "X", outline=crossed)):
            with pytest.raises(MemberError):
                actions.change_scheme(officer=_birch(), scheme_ref=scheme.ref, draft=draft, limits=LIMITS)
        scheme.refresh_from_db()
        assert scheme.name == "Other"

    def test_asking_twice_asks_once(self) -> None:
        scheme, dell = builders.scheme(open_to_all=False), builders.member()

        first = actions.ask_to_join(member_id=dell.pk, scheme_id=scheme.pk)
        second = actions.ask_to_join(member_id=dell.pk, scheme_id=scheme.pk)

        assert (first, second) == (MembershipState.ASKED, MembershipState.ASKED)
        assert Membership.objects.count() == 1

    def test_a_scheme_suggests_who_is_inside_fits_and_is_not_in_it(self) -> None:
        outline = box(2.4, 54.4, 2.6, 54.6)
        scheme = builders.scheme(outline=_text(outline))
        builders.member(name="In it", schemes=(scheme,), topics=(builders.topic(),))
        interested = builders.member(name="Interested", topics=(builders.topic(),))
        farmer = builders.member(name="Farmer")
        MemberPlace.objects.filter(member=farmer).update(use=PlaceUse.FARM)
        builders.member(name="Outside", at=Point(2.7, 54.5), topics=(builders.topic(),))
        builders.member(name="No fit")
        builders.member(name="Paused", topics=(builders.topic(),), state="paused")

        assert queries.suggested(scheme_id=scheme.pk) == sorted([interested.pk, farmer.pk])

    def test_a_member_is_offered_the_schemes_round_their_places_alone(self) -> None:
        here = builders.area("Holt")
        away = builders.area("Away", shape=box(3.0, 55.0, 3.1, 55.1))
        dell = builders.member()
        builders.scheme("Here", area_id=here.id)
        builders.scheme("Away", area_id=away.id)
        builders.scheme("Drawn here", outline=_text(box(2.4, 54.4, 2.6, 54.6)))
        builders.scheme("Drawn away", outline=_text(box(3.0, 55.0, 3.1, 55.1)))
        builders.scheme("Everywhere")
        builders.scheme("Proposed", state=SchemeState.PROPOSED)
        builders.scheme("Mine", area_id=here.id)
        actions.ask_to_join(member_id=dell.pk, scheme_id=Scheme.objects.get(name="Mine").pk)

        assert [line.name for line in queries.offered_to(member_id=dell.pk)] == ["Drawn here", "Everywhere", "Here"]

    def test_the_tree_is_divided_anew_when_somebody_who_rings_leaves(self) -> None:
        scheme = builders.scheme()
        for name in ("Ewing", "Deputy", "Ann", "Bea", "Cal"):
            builders.member(name=name, schemes=(scheme,))
        Membership.objects.filter(member__name="Ewing").update(role=SchemeRole.COORDINATOR)
        Membership.objects.filter(member__name="Deputy").update(role=SchemeRole.DEPUTY)
        for name in ("Ann", "Bea", "Cal"):
            actions.share(
                scheme_id=scheme.pk,
                member_ref=Member.objects.get(name=name).ref,
                named=True,
                in_tree=True,
                rings=False,
                actor="officer:TEST22",
            )
        before = {line.name: line.rung_by for line in queries.tree(scheme_id=scheme.pk)}

        deputy = Member.objects.get(name="Deputy")
        actions.leave_scheme(scheme_id=scheme.pk, member_ref=deputy.ref, actor="officer:TEST22")

        assert sorted(before.values()) == ["Deputy", "Ewing", "Ewing"]
        assert {line.rung_by for line in queries.tree(scheme_id=scheme.pk)} == {"Ewing"}

    def test_only_those_without_any_way_get_a_sheet(self) -> None:
        scheme = builders.scheme()
        builders.member(name="Text", schemes=(scheme,))
        silent = builders.member(name="Silent", mobile=None, landline="+442079460112", schemes=(scheme,))
        ContactPoint.objects.filter(member=silent).update(confirmed_at=None)

        assert queries.count_without_internet(scheme_id=scheme.pk) == 1


def _birch() -> Officer:
    return Officer.objects.filter(name="Birch").first() or cast.birch()


def _text(shape: BaseGeometry) -> str:
    return json.dumps(mapping(shape))
