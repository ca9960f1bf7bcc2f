"""Public alerts on Mastodon and Bluesky, from the release to the far sides: once each, and never what must not be."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import pausing, recalling
from hueandcry.domain.alerts.actions.posting import say_publicly
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.templates import BY_KEY
from hueandcry.domain.alerts.rules.written import Where, write
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions import posting, routing
from hueandcry.domain.messaging.models import Halt, Post
from hueandcry.domain.messaging.queries.posting import posts_about
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.posting import CALLED_OFF, PERHAPS_THERE, Act, Outlet, PostKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Handover
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts
from tests.gateways.peers.bluesky import FarBluesky, far_bluesky
from tests.gateways.peers.mastodon import FarMastodon, far_mastodon

pytestmark = pytest.mark.django_db
HOLD = dt.timedelta(seconds=32)
NO_PICK_UP = replace(alerts.WORDS, what="Scam calls about heating oil", headline="Scam calls", ask="Hang up.")


@dataclass
class Far:
    """Both far sides, and the clock of the test."""

    mastodon: FarMastodon
    bluesky: FarBluesky
    clock: Any

    def texts(self) -> list[str]:
        """Return what stands on Mastodon, oldest first."""
        return [str(post["text"]) for post in self.mastodon.posts.values()]

    def records(self) -> list[str]:
        """Return what stands on Bluesky, oldest first."""
        return [str(record["text"]) for record in self.bluesky.records.values()]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    with (
        time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as traveller,  # noqa: TID251 - where the test begins
        far_mastodon(settings) as (mastodon, _),
        far_bluesky(settings) as (bluesky, _),
    ):
        settings.GATEWAYS = {
            **settings.GATEWAYS,
            "mastodon": "hueandcry.gateways.social.mastodon.Mastodon",
            "bluesky": "hueandcry.gateways.social.bluesky.Bluesky",
        }
        settings.POST_LANGUAGES = "en cy pl"
        registry.routes_for.cache_clear()
        yield Far(mastodon, bluesky, traveller)
        registry.routes_for.cache_clear()
        routing.forget()


def public(**changes: Any) -> Alert:
    """Return a public alert that is out, with what its release woke done."""
    alerts.farmer()
    asked = alerts.question(lowest_tier=Tier.PUBLIC)
    alert = actions.approve(
        alert_ref=alerts.waiting(level=Tier.PUBLIC, asked=asked, **changes).ref, officer=cast.birch()
    )
    say_publicly(alert_ref=alert.ref)
    return alert


def post_now(far: Far, alert: Alert, after: dt.timedelta = HOLD) -> None:
    """Let time pass, and post what is due."""
    far.clock.shift(after)
    say_publicly(alert_ref=alert.ref)
    posting.hand_over(about=f"alert:{alert.ref}")


def states(alert: Alert) -> dict[tuple[Outlet, PostKind, Act], DeliveryState]:
    """Return where each post about an alert stands."""
    return {(post.outlet, post.kind, post.act): post.state for post in posts_about(about=f"alert:{alert.ref}")}


def stand_down(alert: Alert) -> None:
    """Stand an alert down, and do what that wakes short of posting."""
    actions.stand_down(alert_ref=alert.ref, officer=approver(alert), reason="The vehicle has been checked.")
    say_publicly(alert_ref=alert.ref)


def approver(alert: Alert) -> Officer:
    """Return who approved an alert."""
    assert alert.approver is not None
    return alert.approver


def stood_down(alert: Alert) -> None:
    """Stand an alert down, and do what that wakes."""
    stand_down(alert)
    posting.hand_over(about=f"alert:{alert.ref}")


NEW = {(outlet, PostKind.ALERT, Act.NEW): DeliveryState.ACCEPTED for outlet in Outlet}
OVER = {
    (Outlet.MASTODON, PostKind.OVER, Act.EDIT): DeliveryState.ACCEPTED,
    (Outlet.MASTODON, PostKind.OVER, Act.ANSWER): DeliveryState.ACCEPTED,
    (Outlet.BLUESKY, PostKind.OVER, Act.ANSWER): DeliveryState.ACCEPTED,
}


# ---------------------------------------------------------------- the alert


def test_a_public_alert_is_posted_once_at_each_outlet_when_it_can_no_longer_be_taken_back(
    far: Far, settings: Any
) -> None:
    settings.SITE_ADDRESS = "https://rural.example.org/"
    alert = public()
    post_now(far, alert, dt.timedelta(seconds=29))
    before = (far.texts(), far.records())

    post_now(far, alert, dt.timedelta(seconds=3))
    post_now(far, alert)

    assert before == ([], [])
    assert states(alert) == NEW
    (text,), (record,) = far.texts(), far.records()
    assert text.startswith(f"{alert.organisation.signs_as} {alert.ref}: Hare coursing near Holt.\nMill Lane, Holt.")
    assert text.endswith(f"\n\nhttps://rural.example.org/alerts/{alert.ref}/")
    assert f"https://rural.example.org/alerts/{alert.ref}/" in record
    assert [one.facts["outlet"] for one in alerts.logged("post.made", alert)] == ["mastodon", "bluesky"]


@pytest.mark.parametrize("changes", [{"level": Tier.MEMBER}, {"level": Tier.VETTED}])
def test_what_is_for_members_is_never_posted(changes: dict[str, Any], far: Far) -> None:
    alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting(**changes).ref, officer=cast.birch())

    post_now(far, alert)

    assert (states(alert), far.texts(), far.records()) == ({}, [], [])


@pytest.mark.parametrize(
    "changes", [{"is_drill": True}, {"marking": "official"}, {"released_at": None, "state": "waiting"}]
)
def test_exercises_what_is_not_marked_public_and_what_is_not_out_are_never_posted(
    changes: dict[str, Any], far: Far
) -> None:
    alert = public()
    Post.objects.all().delete()
    Alert.objects.filter(pk=alert.pk).update(**changes)

    post_now(far, alert)

    assert (states(alert), far.texts()) == ({}, [])


@pytest.mark.parametrize("words", ["Grey van AO51 BCD seen", "Grey van, part plate ..51", "Stop and box them in"])
def test_what_the_check_would_refuse_is_not_posted_whatever_let_it_out(words: str, far: Far) -> None:
    alert = public()
    Post.objects.all().delete()
    Alert.objects.filter(pk=alert.pk).update(headline=words)

    post_now(far, alert)

    assert (states(alert), far.texts(), far.records()) == ({}, [], [])
    assert alerts.logged("alert.not_posted", alert)


def test_nothing_is_posted_where_no_outlet_is_set(settings: Any) -> None:
    alert = public()

    assert (say_publicly(alert_ref=alert.ref), states(alert)) == (0, {})
    assert say_publicly(alert_ref="NOBODY") == 0


def test_one_outlet_alone_may_be_set(far: Far, settings: Any) -> None:
    settings.GATEWAYS = {name: line for name, line in settings.GATEWAYS.items() if name != "mastodon"}
    alert = public()

    post_now(far, alert)

    assert (far.texts(), len(far.records())) == ([], 1)


# ---------------------------------------------------------------- what follows


def test_a_stand_down_changes_the_post_that_can_be_changed_and_stands_under_both(far: Far) -> None:
    alert = public()
    post_now(far, alert)

    stood_down(alert)
    stood_down_twice = say_publicly(alert_ref=alert.ref)

    assert states(alert) == NEW | OVER
    edited, answer = far.texts()
    assert edited.startswith("STOOD DOWN. The vehicle has been checked. No need to look out any more.\nIt said: Hare")
    assert answer.startswith("STOOD DOWN. The vehicle has been checked.")
    posts = list(far.mastodon.posts.values())
    assert posts[1]["in_reply_to_id"] == posts[0]["id"]
    records = list(far.bluesky.records.values())
    assert records[1]["reply"]["root"]["uri"].endswith(next(iter(far.bluesky.records)))
    assert stood_down_twice == 0


def test_a_correction_is_read_by_whoever_reads_the_post(far: Far) -> None:
    alert = public()
    post_now(far, alert)

    right = replace(alerts.WORDS, where="Church Lane, Holt")
    actions.correct(
        alert_ref=alert.ref, officer=alert.author, words=right, occurred_at=alert.occurred_at,
        expires_at=alert.expires_at, reason="Another lane",
    )  # fmt: skip
    actions.agree_to_correction(alert_ref=alert.ref, officer=approver(alert))
    post_now(far, alert, dt.timedelta(seconds=1))

    (text,) = far.texts()
    first, second = far.records()
    assert text.startswith("CORRECTED at ")
    assert "Church Lane, Holt." in text
    assert "Mill Lane" in first
    assert second.startswith("CORRECTED at ")


def test_a_correction_before_it_is_posted_is_posted_as_it_should_have_been(far: Far) -> None:
    alert = public()

    Alert.objects.filter(pk=alert.pk).update(where="Church Lane, Holt", corrected_at=clock.now(), state="corrected")
    say_publicly(alert_ref=alert.ref)
    post_now(far, alert)

    assert states(alert) == NEW
    assert all("Church Lane" in text and "CORRECTED" not in text for text in (*far.texts(), *far.records()))


def test_an_alert_whose_reference_reads_like_a_plate_is_posted(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Alert._meta.get_field("ref"), "_get_default", lambda: "GRC84P")

    alert = public()
    post_now(far, alert)

    assert alert.ref == "GRC84P"
    assert all("Police GRC84P: " in text for text in (*far.texts(), *far.records()))
    assert states(alert) == NEW


def test_an_alert_taken_back_within_seconds_is_never_posted(far: Far) -> None:
    alert = public()
    recalling.recall(alert_ref=alert.ref, officer=alert.author)

    post_now(far, alert)

    assert (far.texts(), far.records()) == ([], [])
    assert {post.state for post in Post.objects.all()} == {DeliveryState.CANCELLED}
    assert {post.detail for post in Post.objects.all()} == {CALLED_OFF}


def test_a_job_that_was_lost_does_not_let_a_called_off_alert_out(far: Far) -> None:
    alert = public()
    messaging.cancel(about=f"alert:{alert.ref}")

    far.clock.shift(HOLD)
    posting.hand_over(about=f"alert:{alert.ref}")

    assert (far.texts(), far.records()) == ([], [])


def test_the_end_of_its_time_is_said_where_a_vehicle_was_looked_for(far: Far) -> None:
    alert = public()
    post_now(far, alert)
    Alert.objects.filter(pk=alert.pk).update(state="expired")

    post_now(far, alert)

    assert far.records()[1].startswith("OVER. We no longer ask about the vehicle.")


def test_the_end_of_its_time_is_not_said_again_where_the_post_said_it(far: Far) -> None:
    alert = public(words=NO_PICK_UP)
    post_now(far, alert)
    Alert.objects.filter(pk=alert.pk).update(state="expired")

    post_now(far, alert)

    assert states(alert) == NEW


def test_an_end_is_said_without_what_only_those_who_answered_hear(far: Far) -> None:
    alert = public()
    post_now(far, alert)
    actions.end(alert_ref=alert.ref, officer=approver(alert), ending="Two men were arrested.")

    post_now(far, alert)

    assert far.texts()[0].startswith("OVER. No need to look out any more. Thank you")
    assert "arrested" not in "".join([*far.texts(), *far.records()])


# ---------------------------------------------------------------- while it cannot be posted


def test_a_post_whose_answer_was_lost_is_made_once(far: Far) -> None:
    alert = public()
    far.mastodon.silent = far.bluesky.silent = True
    post_now(far, alert)
    perhaps = {post.perhaps for post in Post.objects.all()}
    far.mastodon.silent = far.bluesky.silent = False
    far.mastodon.keys.clear()

    post_now(far, alert, dt.timedelta(seconds=6))

    assert perhaps == {True}
    assert states(alert) == NEW
    assert (len(far.texts()), len(far.records())) == (1, 1)


def test_a_worker_that_died_with_a_post_in_hand_leaves_it_to_the_next(far: Far) -> None:
    alert = public()
    post_now(far, alert)
    far.mastodon.keys.clear()
    Post.objects.update(state=DeliveryState.LEASED, provider_ref="", next_at=clock.now())

    asked = posting.sweep()
    post_now(far, alert, dt.timedelta(seconds=1))

    assert asked == 1
    assert states(alert) == NEW
    assert (len(far.texts()), len(far.records())) == (1, 1)


def test_what_was_perhaps_posted_when_it_is_called_off_is_for_a_person_to_look_at(far: Far) -> None:
    alert = public()
    far.mastodon.silent = far.bluesky.silent = True
    post_now(far, alert)
    far.mastodon.silent = far.bluesky.silent = False

    stood_down(alert)

    assert set(states(alert).values()) == {DeliveryState.UNCERTAIN}
    assert {post.detail for post in Post.objects.all()} == {PERHAPS_THERE}
    assert len(alerts.logged("post.uncertain", alert)) == 2


def test_what_was_in_hand_when_it_was_called_off_is_followed_once_it_is_there(far: Far) -> None:
    alert = public()
    far.clock.shift(HOLD)
    held = posting._claim(f"alert:{alert.ref}", Outlet.MASTODON, "en")
    assert held is not None
    stand_down(alert)
    waits = posting.hand_over(about=f"alert:{alert.ref}")

    posting._record(held, posting._send(held))
    posting.hand_over(about=f"alert:{alert.ref}")

    assert waits == 0
    assert [text[:10] for text in far.texts()] == ["STOOD DOWN"] * 2
    assert far.records() == []


def test_a_worker_that_was_too_slow_writes_nothing_over_what_another_wrote(far: Far) -> None:
    alert = public()
    far.clock.shift(HOLD)
    slow = posting._claim(f"alert:{alert.ref}", Outlet.MASTODON, "en")
    assert slow is not None
    post_now(far, alert, dt.timedelta(seconds=91))
    before = Post.objects.get(outlet="mastodon").provider_ref

    posting._record(slow, Handover("POST", Fate.FAILED, detail="Too late."))

    after = Post.objects.get(outlet="mastodon")
    assert (after.state, after.provider_ref) == (DeliveryState.ACCEPTED, before)
    assert len(far.texts()) == 1


def test_what_did_not_go_and_was_called_off_meanwhile_goes_no_more(far: Far) -> None:
    alert = public()
    far.clock.shift(HOLD)
    held = posting._claim(f"alert:{alert.ref}", Outlet.MASTODON, "en")
    assert held is not None
    stand_down(alert)

    posting._record(held, Handover("POST", Fate.UNKNOWN, detail="Later.", try_again=True))
    posting.hand_over(about=f"alert:{alert.ref}")

    assert far.records() == []
    assert set(states(alert).values()) == {DeliveryState.CANCELLED}


def test_a_post_is_held_while_its_alert_is_paused_and_while_everything_is_stopped(far: Far) -> None:
    alert = public()
    pausing.pause(alert_ref=alert.ref, officer=approver(alert))
    post_now(far, alert)
    paused = (far.texts(), far.records())
    pausing.resume(alert_ref=alert.ref, officer=approver(alert))
    halt = Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="Rehearsal")
    routing.forget()
    post_now(far, alert, dt.timedelta(seconds=31))
    halted = (far.texts(), far.records())
    Halt.objects.filter(pk=halt.pk).update(lifted_at=clock.now(), lifted_by="officer:TEST22")
    routing.forget()

    post_now(far, alert, dt.timedelta(seconds=31))

    assert paused == halted == ([], [])
    assert states(alert) == NEW


def test_an_outlet_that_is_away_does_not_hold_up_the_other_and_is_tried_until_the_alert_ends(
    far: Far, settings: Any
) -> None:
    settings.MASTODON_TOKEN = ""
    registry.routes_for.cache_clear()
    alert = public()
    post_now(far, alert)
    waits = states(alert)

    post_now(far, alert, dt.timedelta(hours=7))

    assert waits[Outlet.BLUESKY, PostKind.ALERT, Act.NEW] == DeliveryState.ACCEPTED
    assert waits[Outlet.MASTODON, PostKind.ALERT, Act.NEW] == DeliveryState.QUEUED
    assert states(alert)[Outlet.MASTODON, PostKind.ALERT, Act.NEW] == DeliveryState.EXPIRED
    assert "MASTODON_TOKEN" in Post.objects.get(outlet="mastodon").detail


def test_what_an_outlet_refuses_is_said(far: Far) -> None:
    alert = public()
    Post.objects.update(words="998 refused")

    post_now(far, alert)

    assert set(states(alert).values()) == {DeliveryState.FAILED}
    assert len(alerts.logged("post.failed", alert)) == 2


def test_nothing_follows_what_was_never_posted(far: Far) -> None:
    alert = public()
    Post.objects.update(words="998 refused")
    post_now(far, alert)

    stood_down(alert)

    assert set(states(alert)) == set(NEW)
    assert (far.texts(), far.records()) == ([], [])


# ---------------------------------------------------------------- in each language


def cattle(more: str = "") -> Alert:
    """Return cattle on the road as a template says it, for everybody, and out."""
    builders.rota()
    alerts.farmer()
    author, approver = cast.amos(), cast.birch()
    answers = {"animals": "cattle", "many": "few", "direction": "north", **({"more": more} if more else {})}
    written = write(
        BY_KEY["livestock-on-road"],
        answers,
        Where("2 miles north-east of Holt", builders.MIDDLE, 100.0),
        now=timezone.localtime(clock.now()),
    )
    asked = alerts.question(lowest_tier=Tier.PUBLIC)
    alert = send_quick(officer=author, written=written, question=asked, send=Send.APPROVAL, suspect=Suspect.NO)
    alert = actions.approve(alert_ref=alert.ref, officer=approver)
    say_publicly(alert_ref=alert.ref)
    return alert


def by_language(far: Far) -> dict[str, str]:
    """Return the newest post on Mastodon in each language."""
    return {str(post["language"]): str(post["text"]) for post in far.mastodon.posts.values()}


def test_an_alert_is_posted_in_each_language_in_which_it_is_said_with_its_page_in_it(far: Far, settings: Any) -> None:
    alert = cattle()

    post_now(far, alert)
    post_now(far, alert)

    said = by_language(far)
    assert len(far.mastodon.posts) == len(far.bluesky.records) == 3
    assert "Cattle on the road: 2 miles north-east of Holt." in said["en"]
    assert "Gwartheg ar y ffordd: 2 filltir i'r gogledd-ddwyrain o Holt." in said["cy"]
    assert "Bydło na drodze: 2 mile na północny wschód od Holt." in said["pl"]
    assert said["en"].endswith(f"\n{settings.SITE_ADDRESS}/alerts/{alert.ref}/")
    assert said["cy"].endswith(f"\n{settings.SITE_ADDRESS}/cy/alerts/{alert.ref}/")
    assert said["en"].count("north-east of Holt") == 1
    assert "Cadwch draw. Nawr neu berygl: 999." in said["cy"]
    assert "Odpowiedzi tutaj nikt nie czyta." in said["pl"]
    for record in far.bluesky.records.values():
        (language,) = record["langs"]
        (facet,) = record["facets"]
        uri = facet["features"][0]["uri"]
        index = facet["index"]
        assert uri == said[language].rpartition("\n")[2]
        assert record["text"].encode()[index["byteStart"] : index["byteEnd"]].decode() == uri


def test_an_alert_that_must_be_cut_is_posted_all_the_same(far: Far) -> None:
    ask = "Have you seen it? " + "Look at your sheds and your yards, please. " * 5
    alert = public(words=replace(NO_PICK_UP, ask=ask))

    post_now(far, alert)

    (record,) = far.records()
    assert "…\n" in record
    assert len(far.mastodon.posts) == 1


def test_an_alert_in_the_officers_own_words_is_posted_in_english_alone(far: Far) -> None:
    alert = public()

    post_now(far, alert)

    assert set(by_language(far)) == {"en"}


@pytest.mark.parametrize(("wanted", "posted"), [("cy xx", {"en", "cy"}), ("en", {"en"}), ("", {"en"})])
def test_a_force_says_in_which_languages_it_posts(far: Far, settings: Any, wanted: str, posted: set[str]) -> None:
    settings.POST_LANGUAGES = wanted
    alert = cattle()

    post_now(far, alert)

    assert set(by_language(far)) == posted


def test_that_it_is_over_is_said_under_each_post_in_its_language(far: Far) -> None:
    alert = cattle()
    post_now(far, alert)

    stood_down(alert)
    stood_down_twice = say_publicly(alert_ref=alert.ref)

    edited = {
        str(post["language"]): str(post["text"]) for post in far.mastodon.posts.values() if not post["in_reply_to_id"]
    }
    under = {str(post["language"]): post for post in far.mastodon.posts.values() if post["in_reply_to_id"]}
    assert edited["cy"].startswith('CANSLWYD. "The vehicle has been checked." Nid oes angen cadw llygad mwyach.')
    assert "Roedd yn dweud: Gwartheg ar y ffordd" in edited["cy"]
    assert str(under["pl"]["text"]).startswith('ODWOŁANE. "The vehicle has been checked." Nie trzeba')
    assert far.mastodon.posts[str(under["pl"]["in_reply_to_id"])]["language"] == "pl"
    assert len(far.bluesky.records) == 6
    assert all(
        record["langs"] == far.bluesky.records[record["reply"]["parent"]["uri"].rpartition("/")[2]]["langs"]
        for record in far.bluesky.records.values()
        if "reply" in record
    )
    assert stood_down_twice == 0


def test_a_correction_in_the_officers_words_is_told_in_each_language_that_was_posted(far: Far) -> None:
    alert = cattle()
    post_now(far, alert)

    actions.correct(
        alert_ref=alert.ref, officer=alert.author, words=replace(alerts.WORDS, headline="Sheep on the road"),
        occurred_at=alert.occurred_at, expires_at=alert.expires_at, reason="Sheep, not cattle",
    )  # fmt: skip
    actions.agree_to_correction(alert_ref=alert.ref, officer=approver(alert))
    post_now(far, alert, dt.timedelta(seconds=1))

    said = by_language(far)
    assert len(far.mastodon.posts) == 3
    assert said["cy"].startswith("CYWIRWYD am ")
    assert '"Sheep on the road"' in said["cy"]
    assert said["en"].startswith("CORRECTED at ")
    assert "Gwartheg" not in said["cy"]


def test_an_outlet_that_is_slow_in_one_language_does_not_hold_up_another(far: Far) -> None:
    alert = cattle()
    far.clock.shift(HOLD)
    about = f"alert:{alert.ref}"
    held = posting._claim(about, Outlet.MASTODON, "en")
    assert held is not None

    posting.hand_over(about=about)

    assert set(by_language(far)) == {"cy", "pl"}
