"""Agreeing to a scheme's own messages: with a receipt, for its notes alone, and ended by itself."""

import datetime as dt
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from django.db import connection

from hueandcry.config.wiring import SUBSCRIBERS
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.actions import notes as note_actions
from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members.actions import hearing, pairing, schemes, stopping
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Membership, Pair, Preference, Scheme
from hueandcry.domain.members.queries import audience
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.members.rules import (
    AudienceQuestion,
    Channel,
    ConsentHow,
    MembershipState,
    NewContact,
    NewMember,
    NewPlace,
    Priority,
    Purpose,
    Reading,
    SchemeRole,
    SchemeState,
)
from hueandcry.domain.members.rules.joining import SCHEME_WORDING, consent_words
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import WORDS, by_phone, incoming

pytestmark = pytest.mark.django_db

EWING, DELL, FERN = "+447700900121", "+447700900122", "+447700900123"
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def watch(time_machine: Any) -> Scheme:
    """Make Holt Farm Watch, run by Ewing, with Dell, who live under alerts of the force too."""
    time_machine.move_to(NOON, tick=False)
    cast.amos()
    scheme = builders.scheme()
    Scheme.objects.update(notes_checked=False, notes_a_week=14)
    for name, mobile in (("Ewing", EWING), ("Dell", DELL)):
        builders.member(name=name, mobile=mobile, schemes=(scheme,))
    Membership.objects.filter(member__name="Ewing").update(role=SchemeRole.COORDINATOR)
    builders.member(name="Noise", mobile=FERN)
    return scheme


def one(name: str) -> Member:
    return Member.objects.get(name=name)


def own(name: str) -> list[Consent]:
    """Return what somebody agreed to hear from schemes, newest last."""
    return list(Consent.objects.filter(member__name=name).exclude(scheme=None).order_by("pk"))


def noted(watch: Scheme, text: str = "Please lock your fuel tanks tonight") -> Message:
    note = note_actions.write_note(member_id=one("Ewing").pk, scheme_ref=watch.ref, purpose=Purpose.ALERT, text=text)
    return Message.objects.get(ref=note.message_ref)


def sent(message: Message) -> set[str]:
    messaging.dispatch(message_ref=message.ref)
    gone = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN)
    return set(Delivery.objects.filter(message=message, state__in=gone).values_list("address", flat=True))


# ---------------------------------------------------------------- joining gives a receipt


def test_whoever_joins_on_the_page_gets_a_receipt_and_their_alerts_are_untouched(watch: Scheme) -> None:
    fern = one("Noise")

    schemes.ask_to_join(member_id=fern.pk, scheme_id=watch.pk)

    (receipt,) = own("Noise")
    assert (receipt.scheme, receipt.purpose, receipt.channel, receipt.how) == (
        watch,
        Purpose.SCHEME,
        Channel.SMS,
        ConsentHow.WEB,
    )
    assert (receipt.wording, receipt.taken_by, receipt.given_at) == (SCHEME_WORDING, f"member:{fern.ref}", NOON)
    said = consent_words(receipt.wording, organisation="Doggerland Constabulary", scheme=watch.name)
    assert said.startswith("Holt Farm Watch may send you its own messages, through Doggerland Constabulary")
    assert Consent.objects.filter(member=fern, scheme=None).count() == 1
    assert Record.objects.filter(event="consent.given", subject=f"member:{fern.ref}").exists()


def test_who_asks_agrees_when_they_are_let_in_and_it_says_by_whom(watch: Scheme, time_machine: Any) -> None:
    Scheme.objects.update(open_to_all=False)
    fern = one("Noise")
    schemes.ask_to_join(member_id=fern.pk, scheme_id=watch.pk)
    before = own("Noise")
    time_machine.move_to(NOON + dt.timedelta(days=2), tick=False)

    schemes.let_in(scheme_id=watch.pk, member_ref=fern.ref, actor=f"member:{one('Ewing').ref}")

    (receipt,) = own("Noise")
    assert before == []
    assert (receipt.taken_by, receipt.given_at) == (f"member:{one('Ewing').ref}", NOON + dt.timedelta(days=2))
    assert receipt.evidence == "asked to come in on 24 November 2026"


def test_who_is_refused_agrees_to_nothing(watch: Scheme) -> None:
    Scheme.objects.update(open_to_all=False)
    fern = one("Noise")
    schemes.ask_to_join(member_id=fern.pk, scheme_id=watch.pk)

    schemes.refuse(scheme_id=watch.pk, member_ref=fern.ref, actor="officer:TEST22")

    assert own("Noise") == []


@pytest.mark.parametrize(
    ("actor", "how"), [("officer:TEST22", ConsentHow.SPOKEN), ("batch:X", ConsentHow.IMPORT), ("page:join", "web")]
)
def test_how_it_was_given_follows_who_wrote_it_down(watch: Scheme, actor: str, how: str) -> None:
    schemes.join_scheme(member_id=one("Noise").pk, scheme_id=watch.pk, actor=actor)

    assert [(row.how, row.taken_by) for row in own("Noise")] == [(how, actor)]


def test_a_loader_and_a_sign_up_at_the_door_write_it_too(watch: Scheme) -> None:
    new = NewMember(
        name="Gale",
        places=(NewPlace(point=builders.MIDDLE),),
        contacts=(NewContact(Channel.SMS, "+447700900124"), NewContact(Channel.EMAIL, "gale@example.org")),
        organisations=(force().pk,),
        schemes=((watch.pk, SchemeRole.MEMBER),),
    )

    member_actions.bulk_join(rows=[new], how=ConsentHow.MADE_UP, taken_by="load:test")

    assert {(row.channel, row.how) for row in own("Gale")} == {("sms", "made_up"), ("email", "made_up")}
    assert reach_differs() == []


def test_a_way_that_asked_to_stop_is_not_agreed_to_anew_by_joining(watch: Scheme) -> None:
    fern = one("Noise")
    stopping.stop(channel=Channel.SMS, address=FERN, member_ids=[fern.pk], actor="contact:X")

    schemes.join_scheme(member_id=fern.pk, scheme_id=watch.pk, actor="officer:TEST22")

    assert own("Noise") == []


def test_whoever_stopped_one_organisation_alone_hears_its_schemes_no_more_by_that_way(watch: Scheme) -> None:
    fern = one("Noise")
    stopping.stop(
        channel=Channel.SMS, address=FERN, organisation_id=watch.organisation_id, member_ids=[fern.pk], actor="x:y"
    )

    schemes.join_scheme(member_id=fern.pk, scheme_id=watch.pk, actor="officer:TEST22")

    assert own("Noise") == []


# ---------------------------------------------------------------- who gets a note


def test_a_note_goes_to_members_who_are_in_and_agreed_and_to_nobody_else(watch: Scheme) -> None:
    for number, (state, left) in enumerate(
        [(MembershipState.ASKED, None), (MembershipState.REFUSED, NOON), (MembershipState.IN, NOON)]
    ):
        noise = builders.member(name=f"Noise {number}", schemes=(watch,))
        Membership.objects.filter(member=noise).update(state=state, left_at=left)
    silent = builders.member(name="Silent", schemes=(watch,))
    hearing.hear_no_more(scheme_id=watch.pk, member_ids=[silent.pk], actor="member:X")

    message = noted(watch)

    assert message.scheme == watch
    assert sent(message) == {EWING, DELL}


def test_who_agreed_to_the_scheme_alone_gets_its_notes_and_no_alert(watch: Scheme) -> None:
    Consent.objects.filter(member=one("Dell"), scheme=None).update(withdrawn_at=NOON)

    message = noted(watch)

    assert sent(message) == {EWING, DELL}
    asked = audience(question=AudienceQuestion(organisation_id=force().pk, schemes=(watch.pk,)))
    assert one("Dell").pk not in np.asarray(asked)
    assert reach_differs() == []


def test_a_note_takes_the_first_way_that_is_agreed_to_and_wanted(watch: Scheme) -> None:
    dell = one("Dell")
    contact = ContactPoint.objects.create(
        member=dell, channel=Channel.EMAIL, address="dell@example.org", rank=2, confirmed_at=clock.now()
    )
    before = noted(watch, "Lock your gates")
    hearing.agree_to_scheme(member_id=dell.pk, scheme_id=watch.pk, how=ConsentHow.WEB, taken_by="member:X")
    agreed = noted(watch, "Lock your sheds")
    Preference.objects.create(member=dell, priority=Priority.ROUTINE, channel=Channel.EMAIL, wanted=False)
    unwanted = noted(watch, "Lock your tanks")
    Preference.objects.all().delete()
    ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=NOON)
    broken = noted(watch, "Lock your barns")
    Member.objects.filter(pk=dell.pk).update(reading=Reading.VOICE)
    spoken = noted(watch, "Lock your yards")

    ways = [
        list(Delivery.objects.filter(message=one, member=dell).values_list("channel", flat=True))
        for one in (before, agreed, unwanted, broken, spoken)
    ]
    assert ways == [["sms"], ["email"], ["sms"], ["sms"], []]


def test_what_is_ended_while_a_note_waits_is_not_sent(watch: Scheme) -> None:
    message = noted(watch)

    hearing.hear_no_more(scheme_id=watch.pk, member_ids=[one("Dell").pk], actor="member:X")

    assert sent(message) == {EWING}
    assert Delivery.objects.get(message=message, address=DELL).state == DeliveryState.STOPPED
    assert Consent.objects.filter(member=one("Dell"), scheme=None, withdrawn_at=None).exists()


def test_an_alert_is_not_sent_on_the_strength_of_an_agreement_with_a_scheme(watch: Scheme) -> None:
    alert = messaging.queue(
        kind=MessageKind.ALERT,
        about="alert:K7M2PQ",
        organisation_id=force().pk,
        words=WORDS,
        member_ids=[one("Dell").pk, one("Ewing").pk],
        expires_at=None,
        invites_answers=True,
        purpose=Purpose.ALERT,
        actor="officer:TEST22",
    )

    Consent.objects.filter(member=one("Dell"), scheme=None).update(withdrawn_at=NOON)

    assert sent(alert) == {EWING}


# ---------------------------------------------------------------- ending it


def test_stop_to_a_note_ends_that_schemes_alone_says_so_and_stop_again_ends_the_rest(watch: Scheme) -> None:
    other = builders.scheme("Wold Farm Watch")
    dell = one("Dell")
    schemes.join_scheme(member_id=dell.pk, scheme_id=other.pk, actor="officer:TEST22")
    sent(noted(watch))

    messaging.receive(incoming=incoming(DELL, "STOP"))

    standing = Consent.objects.filter(member=dell, withdrawn_at=None)
    assert {row.scheme for row in standing} == {None, other}
    control = Message.objects.filter(kind=MessageKind.CONTROL).latest("pk")
    assert "Holt Farm Watch will send you no more of its own messages. Alerts go on" in control.text
    assert "STOP again ends them too" in control.text
    assert len(control.text) <= 160

    messaging.receive(incoming=incoming(DELL, "STOP"))

    assert not standing.all().exists()
    assert "no more alerts will come here" in Message.objects.filter(kind=MessageKind.CONTROL).latest("pk").text


def test_stop_all_to_a_note_ends_everything_at_once(watch: Scheme) -> None:
    sent(noted(watch))

    messaging.receive(incoming=incoming(DELL, "STOP ALL"))

    assert not Consent.objects.filter(member=one("Dell"), withdrawn_at=None).exists()


def test_stop_to_an_alert_ends_the_schemes_too_and_start_brings_back_those_that_stand(watch: Scheme) -> None:
    other = builders.scheme("Wold Farm Watch")
    dell = one("Dell")
    schemes.join_scheme(member_id=dell.pk, scheme_id=other.pk, actor="officer:TEST22")
    messaging.receive(incoming=incoming(DELL, "STOP"))
    ended = not Consent.objects.filter(member=dell, withdrawn_at=None).exists()
    schemes.leave_scheme(scheme_id=other.pk, member_ref=dell.ref, actor=f"member:{dell.ref}")

    messaging.receive(incoming=incoming(DELL, "START"))

    assert ended
    assert {row.scheme for row in Consent.objects.filter(member=dell, withdrawn_at=None)} == {None, watch}


def test_leaving_ends_that_schemes_alone_and_closing_everybodys(watch: Scheme) -> None:
    other = builders.scheme("Wold Farm Watch")
    schemes.join_scheme(member_id=one("Dell").pk, scheme_id=other.pk, actor="officer:TEST22")

    schemes.leave_scheme(scheme_id=watch.pk, member_ref=one("Dell").ref, actor="member:X")

    assert [(row.scheme, row.withdrawn_by) for row in own("Dell")] == [(watch, "member:X"), (other, "")]

    schemes.close_scheme(officer=cast.birch(), scheme_ref=other.ref)

    assert all(row.withdrawn_at for row in own("Dell"))
    assert [row.withdrawn_at for row in own("Ewing")] == [None]


def test_a_scheme_that_nobody_hears_says_what_to_do_instead(watch: Scheme) -> None:
    hearing.hear_no_more(scheme_id=watch.pk, actor="officer:TEST22")

    with pytest.raises(AlertError, match="print sheets, or use the phone tree"):
        noted(watch)


def test_agreeing_twice_is_one_receipt(watch: Scheme) -> None:
    given = {"member_id": one("Dell").pk, "scheme_id": watch.pk, "how": ConsentHow.WEB, "taken_by": "member:X"}

    again = [hearing.agree_to_scheme(**given) for _ in range(2)]  # type: ignore[arg-type]

    assert again == [0, 0]
    assert len(own("Dell")) == 1


def test_who_is_not_in_it_cannot_agree_to_it(watch: Scheme) -> None:
    with pytest.raises(member_actions.MemberError, match="cannot reach you now"):
        hearing.agree_to_scheme(member_id=one("Noise").pk, scheme_id=watch.pk, how=ConsentHow.WEB, taken_by="member:X")


# ---------------------------------------------------------------- two who are one; who was there before


def test_a_merge_keeps_one_agreement_a_scheme_and_takes_it_apart_again(watch: Scheme) -> None:
    twin = builders.member(name="Dell", mobile=DELL, schemes=(watch,))
    dell = Member.objects.filter(name="Dell").exclude(pk=twin.pk).get()
    pair = Pair.objects.create(first=dell, second=twin, why="test", found_at=NOON)
    before = sorted(Consent.objects.filter(withdrawn_at=None).values_list("member", "scheme", "channel"), key=str)

    birch = cast.birch()

    made = pairing.merge(officer=birch, pair_id=pair.pk, kept_ref=dell.ref)

    standing = Consent.objects.filter(withdrawn_at=None, scheme=watch, member__in=(dell, twin))
    assert [row.member for row in standing] == [dell]

    pairing.unmerge(officer=birch, ref=made.ref)

    after = sorted(Consent.objects.filter(withdrawn_at=None).values_list("member", "scheme", "channel"), key=str)
    assert after == before


def test_who_was_in_a_scheme_before_hears_it_by_the_ways_by_which_they_heard(watch: Scheme) -> None:
    Consent.objects.exclude(scheme=None).delete()
    stopped = builders.member(name="Stopped")
    Membership.objects.create(scheme=watch, member=stopped, joined_at=NOON)
    Consent.objects.filter(member=stopped).update(withdrawn_at=NOON)
    asked = builders.member(name="Asked")
    Membership.objects.create(scheme=watch, member=asked, joined_at=NOON, state=MembershipState.ASKED)
    sql = import_module("hueandcry.domain.members.migrations.0009_who_was_in_a_scheme").AGREE

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    found = {(row.member.name, row.channel, row.how, row.evidence) for row in Consent.objects.exclude(scheme=None)}
    proof = "member of the scheme before 2026-11"
    assert found == {("Ewing", "sms", "import", proof), ("Dell", "sms", "import", proof)}
    assert len(Consent.objects.exclude(scheme=None)) == 2


# ---------------------------------------------------------------- audiences


@pytest.mark.parametrize("state", list(MembershipState))
@pytest.mark.parametrize("running", list(SchemeState))
def test_an_audience_of_a_scheme_is_who_is_in_one_that_runs(
    watch: Scheme, state: MembershipState, running: SchemeState
) -> None:
    dell = one("Dell")
    Membership.objects.filter(member=dell).update(
        state=state, left_at=NOON if state == MembershipState.REFUSED else None
    )
    Scheme.objects.update(state=running)

    found = audience(question=AudienceQuestion(organisation_id=force().pk, schemes=(watch.pk,)))

    is_in = state == MembershipState.IN and running == SchemeState.ACTIVE
    assert (dell.pk in found.tolist()) is is_in
    assert (one("Ewing").pk in found.tolist()) is (running == SchemeState.ACTIVE)
    assert reach_differs() == []


# ---------------------------------------------------------------- the phone tree, when somebody goes


def in_tree(watch: Scheme, *names: str) -> None:
    for name in names:
        schemes.share(
            scheme_id=watch.pk, member_ref=one(name).ref, named=True, in_tree=True, rings=False, actor="officer:TEST22"
        )


def rings(name: str) -> set[str]:
    return set(
        Membership.objects.filter(rung_by__member__name=name, left_at=None).values_list("member__name", flat=True)
    )


@pytest.mark.parametrize("how", ["leaves", "pauses", "is merged"])
def test_whoever_goes_rings_nobody_and_others_take_over(watch: Scheme, how: str) -> None:
    deputy = builders.member(name="Fenn", mobile="+447700900130", schemes=(watch,))
    Membership.objects.filter(member=deputy).update(role=SchemeRole.DEPUTY)
    for name in ("Ash", "Birk", "Elm"):
        builders.member(name=name, schemes=(watch,))
    in_tree(watch, "Ash", "Birk", "Elm")
    before = rings("Fenn")

    if how == "leaves":
        member_actions.leave(member_id=deputy.pk, actor="member:X")
    elif how == "pauses":
        member_actions.pause(member_id=deputy.pk, actor="member:X")
    else:
        pair = Pair.objects.create(first=one("Noise"), second=deputy, why="test", found_at=NOON)
        pairing.merge(officer=cast.birch(), pair_id=pair.pk, kept_ref=one("Noise").ref)
        Membership.objects.filter(member__name="Noise").update(left_at=NOON)
    moved = schemes.divide_trees_of(member_ref=one("Noise").ref if how == "is merged" else deputy.ref)

    assert before
    assert moved == 1
    assert rings("Ewing") == {"Ash", "Birk", "Elm"}
    assert rings("Fenn") | rings("Noise") == set()


def test_an_event_wakes_the_division() -> None:
    for event in ("member.left", "member.merged", "member.unmerged", "member.paused", "member.resumed"):
        assert "members.divide_trees" in SUBSCRIBERS[event]


def test_by_phone_a_note_says_whose_it_is(watch: Scheme) -> None:
    sent(noted(watch))

    assert [text.startswith("Holt Farm Watch via") for text in by_phone(DELL)] == [True]
