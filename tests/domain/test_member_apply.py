"""Applying by oneself, at once and at odd moments."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test import override_settings

from hueandcry.domain.members.actions import applying as actions
from hueandcry.domain.members.actions import leave
from hueandcry.domain.members.actions.stopping import stop
from hueandcry.domain.members.models import Application, Member, Suppression
from hueandcry.domain.members.queries.applying import application_code, get_application, note_for, pass_of
from hueandcry.domain.members.rules import Channel, MemberError, NewContact, NewPlace
from hueandcry.domain.members.rules.applying import CodeNote, Wish
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.kit.finding import NotHereError
from tests import builders
from tests.web.desk import the_force

NUMBER = "+447700900123"


@pytest.fixture(autouse=True)
def force(db: None) -> None:
    the_force()
    builders.force()


def wish(name: str = "Robin Wold", address: str = NUMBER, channel: Channel = Channel.SMS) -> Wish:
    return Wish(name=name, places=(NewPlace(point=builders.MIDDLE),), contact=NewContact(channel, address))


def code(one: Application) -> str:
    return application_code(ref=one.ref)


def test_a_job_that_runs_twice_says_it_once() -> None:
    one = actions.apply(wish=wish())

    for _ in range(2):
        say_code(application_ref=one.ref)

    assert Delivery.objects.count() == 1


def test_a_new_code_is_a_new_message_and_the_old_one_is_over() -> None:
    one = actions.apply(wish=wish())
    say_code(application_ref=one.ref)
    old = code(one)

    actions.send_again(sealed=pass_of(ref=one.ref))
    say_code(application_ref=one.ref)

    assert Message.objects.count() == 2
    assert code(one) != old
    with pytest.raises(MemberError, match="not the code"):
        actions.confirm(sealed=pass_of(ref=one.ref), code=old)


def test_a_wrong_try_counts_although_it_is_refused() -> None:
    one = actions.apply(wish=wish())

    with pytest.raises(MemberError):
        actions.confirm(sealed=pass_of(ref=one.ref), code="x")

    assert Application.objects.get().tries == 1


def test_a_code_comes_too_late_to_be_sent_after_half_an_hour() -> None:
    one = actions.apply(wish=wish())
    message = say_code(application_ref=one.ref)

    assert message is not None
    assert message.expires_at == message.queued_at + dt.timedelta(minutes=30)


def test_the_code_that_lifts_a_stop_is_the_owners_own_word() -> None:
    stop(channel=Channel.SMS, address=NUMBER, member_ids=[], actor="contact:ABC")
    one = actions.apply(wish=wish())
    message = say_code(application_ref=one.ref)

    actions.confirm(sealed=pass_of(ref=one.ref), code=code(one))

    assert message is not None
    assert message.deliveries.count() == 1
    assert not Suppression.objects.filter(everything=False).exists()


def test_who_asked_for_nothing_at_all_gets_no_code_either() -> None:
    stop(channel=Channel.SMS, address=NUMBER, everything=True, member_ids=[], actor="contact:ABC")
    one = actions.apply(wish=wish())

    message = say_code(application_ref=one.ref)

    assert message is not None
    assert message.deliveries.count() == 0


def test_who_has_left_may_come_again() -> None:
    old = builders.member(name="Robin Wold", mobile=NUMBER)
    leave(member_id=old.pk, actor="member:X")
    one = actions.apply(wish=wish())

    assert note_for(ref=one.ref).note == CodeNote.CODE
    member = actions.confirm(sealed=pass_of(ref=one.ref), code=code(one))

    assert member.pk != old.pk


def test_a_known_member_is_never_made_anew_not_even_with_the_right_code() -> None:
    one = actions.apply(wish=wish())
    known = builders.member(name="robin  wold", mobile=NUMBER)

    member = actions.confirm(sealed=pass_of(ref=one.ref), code=code(one))

    assert member.pk == known.pk
    assert Member.objects.count() == 1


def test_the_seal_hangs_on_the_secret_of_the_installation() -> None:
    one = actions.apply(wish=wish())
    sealed = pass_of(ref=one.ref)

    assert get_application(sealed=sealed).pk == one.pk
    with override_settings(SECRET_KEY="another"), pytest.raises(NotHereError):
        get_application(sealed=sealed)


def test_a_voice_gets_the_figures_and_no_link() -> None:
    builders.member(name="Robin Wold", mobile=None, landline="+442079460123")
    one = actions.apply(wish=wish(address="020 7946 0123", channel=Channel.VOICE))
    message = say_code(application_ref=one.ref)

    assert message is not None
    assert messaging.dispatch(message_ref=message.ref) == 1
    assert "{" not in message.spoken


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_application_and_one_member() -> None:
    def send() -> None:
        try:
            actions.apply(wish=wish())
        finally:
            connections.close_all()

    def type_in() -> None:
        try:
            one = Application.objects.get()
            actions.confirm(sealed=pass_of(ref=one.ref), code=code(one))
        finally:
            connections.close_all()

    for act in (send, type_in):
        threads = [threading.Thread(target=act) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert connection.vendor == "postgresql"
    assert Application.objects.count() == 1
    assert Member.objects.filter(name="Robin Wold").count() == 1
