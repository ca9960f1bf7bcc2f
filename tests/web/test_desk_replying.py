"""Answering one person on the desk: what is refused stays in the box, and nobody is asked until they are a source."""

import pytest
from django.urls import reverse

from hueandcry.domain.members.models import Ask, ContactPoint
from hueandcry.domain.messaging.models import Conversation, Message
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports import actions as reporting
from hueandcry.domain.reports.models import Report
from tests import builders, cast
from tests.domain import reporting as said
from tests.web.desk import signed_in, the_force

pytestmark = pytest.mark.django_db

ABOUT_IT = "Have you seen AB12 CDE?"


def answer_of_dell(*, shared: bool = False) -> Report:
    """Return what a member with a confirmed number wrote."""
    the_force()
    dell = builders.member(name="Quillon", mobile="+447700900111")
    dell.contacts.update(shared=shared)
    report = said.told("Grey pick-up at the ford", member=dell)
    talk = Conversation.objects.get()
    talk.address = "+447700900111"
    talk.save()
    return report


def reply(report: Report, text: str, **more: str) -> str:
    client = signed_in(builders.officer(Role.OPERATOR))
    answer = client.post(reverse("desk:inbox:reply", args=[report.ref]), {"text": text, **more}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def sent() -> int:
    return Message.objects.filter(kind="reply").count()


def test_a_task_is_not_sent_stays_in_the_box_and_the_way_out_is_said() -> None:
    report = answer_of_dell()

    page = reply(report, "Please find out who owns the van")

    assert "sets one person a task" in page
    assert "The test for a covert source" in page
    assert "speak to" in page
    assert ">Please find out who owns the van</textarea>" in page.replace("\n", "")
    assert sent() == 0


def test_what_may_never_be_asked_stands_beside_the_box_before_anything_is_written() -> None:
    report = answer_of_dell()

    page = signed_in(builders.officer(Role.OPERATOR)).get(reverse("desk:inbox:page", args=[report.ref]))

    assert "never ask somebody to find out, to watch anybody, or to use what they are to somebody" in (
        page.content.decode()
    )


def test_what_may_be_a_task_needs_a_tick() -> None:
    report = answer_of_dell()

    first = reply(report, "Could you offer him work for a week or so?")
    ticked = reply(report, "Could you offer him work for a week or so?", heeded="on")

    assert "I have read this, and still need to ask" in first
    assert "may ask this person" in first
    assert "Your reply is on its way" in ticked
    assert sent() == 1


def test_the_second_asking_needs_a_tick_and_the_third_is_stopped_with_the_way_out() -> None:
    report = answer_of_dell()

    free = reply(report, ABOUT_IT)
    second = reply(report, ABOUT_IT)
    ticked = reply(report, ABOUT_IT, heeded="on")
    third = reply(report, ABOUT_IT, heeded="on")

    assert "Your reply is on its way" in free
    assert "I have read this, and still need to ask" not in free
    assert "asked about the same thing before" in second
    assert "I have read this, and still need to ask" in second
    assert f">{ABOUT_IT}</textarea>" in second.replace("\n", "")
    assert "Your reply is on its way" in ticked
    assert "asked about the same thing 2 times" in third
    assert "The test for a covert source" in third
    assert (sent(), Ask.objects.count()) == (2, 2)


def test_a_shared_contact_point_is_said_before_anything_is_written() -> None:
    report = answer_of_dell(shared=True)
    alone = said.told("Seen it too")
    client = signed_in(cast.oakes())

    page = client.get(reverse("desk:inbox:page", args=[report.ref])).content.decode()
    other = client.get(reverse("desk:inbox:page", args=[alone.ref])).content.decode()

    assert "Others read or hear what goes to this number" in page
    assert "Others read or hear" not in other


@pytest.mark.parametrize(("shared", "safe"), [(True, None), (False, False)])
def test_to_a_shared_or_unsafe_telephone_nothing_goes_before_a_tick(*, shared: bool, safe: bool | None) -> None:
    """domain.md pitfall 7: never text a shared phone without a safe-contact flag."""
    report = answer_of_dell()
    ContactPoint.objects.update(shared=shared, safe=safe)

    first = reply(report, "Thank you.")
    before = sent()
    ticked = reply(report, "Thank you.", heeded="on")

    assert "say nothing here that is about" in first
    assert "I have read this" in first
    assert before == 0
    assert "Your reply is on its way" in ticked
    assert sent() == 1


def test_to_a_shared_telephone_that_its_owner_called_safe_a_reply_goes_at_once() -> None:
    report = answer_of_dell(shared=True)
    ContactPoint.objects.update(safe=True)

    page = reply(report, "Thank you.")

    assert "Your reply is on its way" in page
    assert sent() == 1


@pytest.mark.parametrize(("text", "words"), [("", "Write"), ("x" * 460, "459"), ("a\x00b", "Null characters")])
def test_nothing_too_much_and_odd_signs_are_said_in_words(text: str, words: str) -> None:
    page = reply(answer_of_dell(), text)

    assert words in page
    assert sent() == 0


@pytest.mark.parametrize("who", [cast.grey, cast.cole, cast.frost])
def test_stranger_reader_and_partner_answer_nobody(who: object) -> None:
    report = answer_of_dell()

    answer = signed_in(who()).post(reverse("desk:inbox:reply", args=[report.ref]), {"text": "Thanks"})  # type: ignore[operator]

    assert answer.status_code == 403
    assert sent() == 0


def test_what_was_told_in_person_has_nobody_to_answer_by_message() -> None:
    report = reporting.write_down(officer=cast.amos(), text="Grey van")

    page = reply(report, "Thank you")

    assert "no message to answer" in page
    assert sent() == 0
