"""Topics: the words that interests, alerts and reports share."""

import pytest

from hueandcry.domain.knowledge import actions, queries
from hueandcry.domain.knowledge.actions import KnowledgeError
from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError
from tests import builders

pytestmark = pytest.mark.django_db
BY = "system:program"


def test_a_topic_is_added_and_recorded() -> None:
    topic = actions.add_topic(slug="fuel-theft", name=" Fuel  theft ", asks="Seen a van at a tank?", actor=BY)

    assert (topic.name, topic.asks, topic.is_open) == ("Fuel theft", "Seen a van at a tank?", True)
    assert Record.objects.get(event="topic.added").subject == "topic:fuel-theft"


def test_adding_a_topic_again_renames_it_and_makes_no_second() -> None:
    builders.topic("fuel-theft", "Diesel")
    builders.topic("scams", "Scams")

    actions.add_topic(slug="fuel-theft", name="Fuel theft", actor=BY)

    assert list(Topic.objects.order_by("slug").values_list("slug", "name")) == [
        ("fuel-theft", "Fuel theft"),
        ("scams", "Scams"),
    ]


@pytest.mark.parametrize(
    ("slug", "name", "words"),
    [
        ("Fuel Theft", "Fuel theft", "small letters"),
        ("", "Fuel theft", "small letters"),
        ("x" * 41, "Fuel theft", "small letters"),
        ("fuel", "  ", "name"),
        ("fuel", "x" * 81, "80 characters"),
    ],
)
def test_a_topic_that_cannot_be_kept_is_a_sentence(slug: str, name: str, words: str) -> None:
    with pytest.raises(KnowledgeError, match=words):
        actions.add_topic(slug=slug, name=name, actor=BY)
    assert not Topic.objects.exists()


def test_an_ask_that_does_not_fit_is_a_sentence() -> None:
    with pytest.raises(KnowledgeError, match="160 characters"):
        actions.add_topic(slug="fuel", name="Fuel", asks="x" * 161, actor=BY)


def test_a_closed_topic_is_not_offered_any_more_but_stays() -> None:
    builders.topic("fuel-theft", "Fuel theft")
    builders.topic("scams", "Scams")

    actions.close_topic(slug="fuel-theft", actor=BY)
    actions.close_topic(slug="fuel-theft", actor=BY)

    assert [line.slug for line in queries.topics()] == ["scams"]
    assert queries.get_topic(slug="fuel-theft").name == "Fuel theft"
    assert Record.objects.filter(event="topic.closed").count() == 1


def test_a_closed_topic_is_opened_by_adding_it_again() -> None:
    builders.topic("fuel-theft", "Fuel theft", is_open=False)

    actions.add_topic(slug="fuel-theft", name="Fuel theft", actor=BY)

    assert [line.slug for line in queries.topics()] == ["fuel-theft"]


def test_topics_are_offered_by_name() -> None:
    builders.topic("b", "Scams")
    builders.topic("a", "Theft")
    builders.topic("c", "Fire")

    assert [line.name for line in queries.topics()] == ["Fire", "Scams", "Theft"]


def test_a_topic_that_is_not_there_is_not_here() -> None:
    with pytest.raises(NotHereError):
        queries.get_topic(slug="nothing")
    with pytest.raises(NotHereError):
        actions.close_topic(slug="nothing", actor=BY)
