"""What partners warn of: kept once, changed by what refers to it in any order, and never sent by a machine."""

import pytest

from hueandcry.domain.alerts.actions import warnings as actions
from hueandcry.domain.alerts.models import Alert, Audience, PartnerWarning
from hueandcry.domain.alerts.queries import warnings as queries
from hueandcry.domain.alerts.rules import AlertError, State, Urgency
from hueandcry.domain.alerts.rules.warnings import WarningState
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db
KEY = "key:K7M2PQ2345"
AREA = """<area><areaDesc>The low ground by the Kelp</areaDesc>
<polygon>54.4,2.4 54.6,2.4 54.6,2.6 54.4,2.6 54.4,2.4</polygon></area>"""


def document(
    number: int = 1, kind: str = "Alert", *refers: int, status: str = "Actual", area: str = AREA, **said: str
) -> bytes:
    """Return a flood warning; each number was sent a minute after the one before."""

    def sent(one: int) -> str:
        return f"2026-11-22T12:{one:02}:00-00:00"

    references = " ".join(f"floods.example,F-{one},{sent(one)}" for one in refers)
    info = f"""<info><language>en-GB</language><category>Met</category><event>Flood</event><urgency>Immediate</urgency>
    <severity>Severe</severity><certainty>Likely</certainty><expires>2036-11-22T20:00:00+00:00</expires>
    <senderName>Flood office</senderName><headline>{said.get("headline", "The Kelp is rising")}</headline>
    <description>{said.get("what", "The river is rising by a foot an hour.")}</description>
    <instruction>Move stock to high ground.</instruction>{area}</info>"""
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>F-{number}</identifier>
    <sender>floods.example</sender><sent>{sent(number)}</sent><status>{status}</status><msgType>{kind}</msgType>
    <scope>Public</scope>{f"<references>{references}</references>" if refers else ""}{info}</alert>""".encode()


def taken(body: bytes) -> actions.Taken:
    return actions.take_in(organisation_id=builders.force().pk, body=body, actor=KEY)


def states() -> dict[str, str]:
    return dict(PartnerWarning.objects.values_list("identifier", "state"))


def test_a_warning_is_kept_for_an_officer_and_nothing_is_drafted() -> None:
    answer = taken(document())

    row = PartnerWarning.objects.get()
    assert (answer.ref, answer.is_new, answer.state) == (row.ref, True, WarningState.NEW)
    assert (row.headline, row.where) == ("The Kelp is rising", "The low ground by the Kelp")
    assert bytes(row.document) == document()
    assert not Alert.objects.exists()
    kept = Record.objects.get(event="warning.received")
    assert (kept.actor, kept.subject) == (KEY, f"warning:{row.ref}")
    assert "Kelp" not in str(kept.facts)


def test_handed_in_twice_it_is_kept_once() -> None:
    first = taken(document())

    again = taken(document())

    assert (again.ref, again.is_new) == (first.ref, False)
    assert PartnerWarning.objects.count() == 1
    assert Record.objects.filter(event="warning.received").count() == 1


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)], ids=str)
def test_an_update_and_a_cancel_mark_what_they_change_in_any_order(order: tuple[int, ...]) -> None:
    every = {1: document(1), 2: document(2, "Update", 1), 3: document(3, "Cancel", 1, 2)}
    noise = document(9)
    taken(noise)

    for number in order:
        taken(every[number])

    assert states()["F-9"] == "new"
    assert states()["F-2"] == "cancelled"
    assert states()["F-1"] in {"cancelled", "replaced"}
    cancel = PartnerWarning.objects.get(identifier="F-3")
    assert set(PartnerWarning.objects.filter(newer=cancel).values_list("identifier", flat=True)) == {"F-1", "F-2"}
    assert queries.count_new(officer=cast.amos()) == 1


def test_an_officer_begins_a_draft_with_its_words_and_ground() -> None:
    ref = taken(document()).ref
    amos = cast.amos()
    builders.member(at=(2.5, 54.5))

    alert = actions.begin(officer=amos, ref=ref)

    assert (alert.state, alert.author, alert.urgency) == (State.DRAFT, amos, Urgency.NOW)
    assert alert.headline == "The Kelp is rising"
    assert alert.ask == "Move stock to high ground."
    assert alert.topic.name == "Partners' warnings"
    assert Audience.objects.get(alert=alert).members == 1
    # Pressed twice it is the same draft.
    assert actions.begin(officer=amos, ref=ref).pk == alert.pk
    assert Alert.objects.count() == 1


def test_a_change_after_a_draft_was_begun_is_said_and_left_to_people() -> None:
    amos = cast.amos()
    alert = actions.begin(officer=amos, ref=taken(document()).ref)

    taken(document(2, "Update", 1))
    changed = queries.warnings_for(officer=amos)
    taken(document(3, "Cancel", 1, 2))
    called_off = queries.warnings_for(officer=amos)

    assert [(line.state, line.is_changed) for line in changed] == [("new", False), ("drafted", True)]
    assert [(line.state, line.is_called_off) for line in called_off] == [("cancelled", False), ("drafted", True)]
    alert.refresh_from_db()
    assert alert.state == State.DRAFT


def test_what_was_called_off_or_put_aside_begins_nothing() -> None:
    amos = cast.amos()
    first, second = taken(document(1)).ref, taken(document(2)).ref
    taken(document(3, "Cancel", 1))
    actions.put_aside(officer=amos, ref=second)
    actions.put_aside(officer=amos, ref=second)

    for ref, sentence in ((first, "called off by its sender"), (second, "put aside")):
        with pytest.raises(AlertError, match=sentence):
            actions.begin(officer=amos, ref=ref)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (document(status="Exercise"), "marked Exercise"),
        (document(status="Test"), "marked Test"),
        (document(1, "Ack", 2), "is an answer"),
        (document(1, "Update"), "add references"),
        (document(1, "Update", *range(10, 60), *range(10, 60), 10), "more than 100 warnings"),
        (document(1, "Cancel"), "add references"),
        (document().split(b"<info>")[0] + b"</alert>", "warns of nothing"),
        (b"<!DOCTYPE a>" + document(), "declares a document type"),
        (b"nonsense", "not well-formed"),
    ],
)
def test_what_an_officer_need_not_read_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(AlertError, match=sentence):
        taken(body)

    assert not PartnerWarning.objects.exists()


def test_odd_words_and_ground_are_kept_and_cut_and_harm_nothing() -> None:
    long = "water " * 20_000
    beyond = "<area><areaDesc>x</areaDesc><circle>89.9,179 99999</circle></area>"
    amos = cast.amos()

    odd = taken(document(1, headline="&lt;b&gt;\u202e🚜" + long, what=long, area=beyond)).ref
    alert = actions.begin(officer=amos, ref=odd)

    assert len(alert.what) <= 2_000
    assert alert.what.endswith("…")
    assert len(alert.headline) <= 160
    assert not Audience.objects.exists()


def test_a_warning_that_holds_nowhere_on_the_ground_begins_a_draft_without_an_audience() -> None:
    amos = cast.amos()

    first = actions.begin(officer=amos, ref=taken(document(1, area="")).ref)
    second = actions.begin(officer=amos, ref=taken(document(2, area="")).ref)

    assert first.where == ""
    assert second.topic == first.topic
    assert not Audience.objects.exists()


def test_words_that_this_system_may_not_hold_begin_nothing_and_that_is_kept() -> None:
    ref = taken(document(1, what="SECRET: the river.")).ref

    with pytest.raises(AlertError, match="may not hold"):
        actions.begin(officer=cast.amos(), ref=ref)

    assert Record.objects.filter(event="alert.secret_refused").exists()
    assert not Alert.objects.exists()


def test_nobody_else_sees_or_touches_it() -> None:
    ref = taken(document()).ref
    frost = builders.officer(Role.PARTNER, organisation=builders.partner())

    for stranger in (cast.grey(), frost, cast.cole()):
        assert queries.warnings_for(officer=stranger) == []
        with pytest.raises(NotHereError):
            actions.begin(officer=stranger, ref=ref)
        with pytest.raises(NotHereError):
            actions.put_aside(officer=stranger, ref=ref)


@pytest.mark.county
@pytest.mark.parametrize("name", ["wainfleet.xml", "windemere.xml", "update.xml"])
def test_published_warnings_are_taken_in(name: str) -> None:
    answer = taken(shared_file(f"cap/govuk-emergency-alerts/samples/{name}").read_bytes())

    assert answer.is_new
