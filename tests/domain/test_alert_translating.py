"""A member reads an alert in their own language from its release to its end; who gives words does not approve them."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.actions.translating import give_words
from hueandcry.domain.alerts.models import Alert, Revision
from hueandcry.domain.alerts.queries import costing, previewing
from hueandcry.domain.alerts.queries.schemes import card, card_text, sheet_of
from hueandcry.domain.alerts.queries.versions import versions
from hueandcry.domain.alerts.rules import AlertError, State, Words
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.paper import Reply, compose_side
from hueandcry.domain.alerts.rules.templates import BY_KEY
from hueandcry.domain.alerts.rules.written import Where, write
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Language, Tier
from hueandcry.domain.messaging.queries.costs import price
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import speaking
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db

TYPED = "one limps"


def amos() -> Officer:
    return Officer.objects.filter(email="amos@example.org").first() or cast.amos()


def birch() -> Officer:
    return Officer.objects.filter(email="birch@example.org").first() or cast.birch()


def speaker(language: Language, **ways: Any) -> Member:
    made = alerts.farmer(name=f"Speaks {language}", **ways)
    Member.objects.filter(pk=made.pk).update(language=language)
    return made


def cattle(send: Send = Send.APPROVAL, *, more: str = TYPED, place: str = "2 miles north-east of Holt") -> Alert:
    """Return cattle on the road, as pressed on the quick screen."""
    builders.rota()
    answers = {"animals": "cattle", "many": "few", "direction": "north", **({"more": more} if more else {})}
    where = Where(place, builders.MIDDLE, 100.0)
    written = write(BY_KEY["livestock-on-road"], answers, where, now=timezone.localtime(clock.now()))
    return send_quick(officer=amos(), written=written, question=alerts.question(), send=send, suspect=Suspect.NO)


def got_by(member: Member) -> list[str]:
    addresses = member.contacts.values("address")
    rows = SandboxMessage.objects.filter(address__in=addresses).order_by("id")
    return [f"{row.subject}\n{row.body}" for row in rows]


def approved(alert: Alert) -> Alert:
    actions.approve(alert_ref=alert.ref, officer=birch())
    alerts.hand_over(alert)
    return Alert.objects.get(pk=alert.pk)


def test_a_welsh_member_reads_welsh_from_the_release_to_the_stand_down() -> None:
    welsh = speaker(Language.WELSH, mobile=None, email="w@example.org")
    english = speaker(Language.ENGLISH, mobile=None, email="e@example.org")

    alert = approved(cattle(more=""))
    actions.stand_down(alert_ref=alert.ref, officer=birch(), reason="They are home")
    alerts.hand_over(alert)

    told, off = got_by(welsh)
    assert "Gwartheg ar y ffordd, ychydig, yn mynd i'r gogledd" in told
    assert "Ble: 2 filltir i'r gogledd-ddwyrain o Holt" in told
    assert "swyddog" not in told
    assert 'yng ngeiriau\'r swyddog: "They are home."' in off
    assert "Cattle loose on the road, a few, heading north" in got_by(english)[0]


def test_what_was_typed_is_sent_as_somebody_gave_it() -> None:
    welsh = speaker(Language.WELSH, mobile=None, email="w@example.org")
    polish = speaker(Language.POLISH, mobile=None, email="p@example.org")
    alert = cattle()

    give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "un yn gloff"}, "pl": {}})
    approved(alert)

    assert queries.given_in(alert=Alert.objects.get(pk=alert.pk), language="cy") == {"more": "un yn gloff"}
    assert "un yn gloff" in got_by(welsh)[0]
    assert TYPED not in got_by(welsh)[0]
    assert f'słowami policjanta: "{TYPED}"' in got_by(polish)[0]


def test_who_gave_words_does_not_approve_the_alert() -> None:
    speaker(Language.WELSH)
    alert = cattle()
    translator = birch()
    give_words(alert_ref=alert.ref, officer=translator, given={"cy": {"more": "un yn gloff"}})

    with pytest.raises(AlertError, match="in another language too: ask a colleague"):
        actions.approve(alert_ref=alert.ref, officer=translator)

    assert Alert.objects.get(pk=alert.pk).state == State.WAITING


def test_words_that_came_since_it_was_read_are_read_first() -> None:
    speaker(Language.WELSH)
    alert = cattle()
    seen = queries.version(alert=alert)
    give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "un yn gloff"}})

    with pytest.raises(AlertError, match="was changed since you opened it"):
        actions.approve(alert_ref=alert.ref, officer=birch(), seen=seen)


def test_the_same_words_twice_change_nothing() -> None:
    alert = cattle(Send.KEEP)
    for _ in range(2):
        give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "un yn gloff"}, "pl": {"more": ""}})

    assert Revision.objects.filter(alert=alert).count() == 2
    (record,) = alerts.logged("alert.translated", alert)
    assert record.facts == {"languages": ["cy"]}
    (change,) = versions(alert=Alert.objects.get(pk=alert.pk))[0].changes
    assert (change.name, change.before, change.after) == ("In other languages", "nothing", "Cymraeg: un yn gloff.")


def test_what_no_text_may_carry_stops_it_in_any_language() -> None:
    speaker(Language.WELSH)
    alert = cattle()
    give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "ffoniwch 07700 900123"}})

    with pytest.raises(AlertError, match="In Cymraeg: "):
        actions.approve(alert_ref=alert.ref, officer=birch())


def test_what_is_out_or_in_no_language_of_ours_is_refused() -> None:
    speaker(Language.WELSH)
    alert = cattle()
    with pytest.raises(AlertError, match="Choose a language"):
        give_words(alert_ref=alert.ref, officer=amos(), given={"xx": {"more": "x"}})
    approved(alert)

    with pytest.raises(AlertError, match="take it back first, or correct it"):
        give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "x"}})


def test_a_stranger_gives_no_words() -> None:
    alert = cattle(Send.KEEP)

    with pytest.raises((AlertError, NotHereError)):
        give_words(alert_ref=alert.ref, officer=cast.grey(), given={"cy": {"more": "x"}})


def test_words_change_with_the_alert() -> None:
    alert = cattle(Send.KEEP)
    give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"more": "un yn gloff"}})
    kept = Alert.objects.get(pk=alert.pk)

    new = Words(headline=kept.headline, what="Sheep loose on the road", where=kept.where, ask=kept.ask)
    given = alerts.fields(words=new, level=Tier.PUBLIC, topic=kept.topic)
    actions.revise(alert_ref=alert.ref, officer=amos(), **given)

    welsh = previewing.looks_of(alert=Alert.objects.get(pk=alert.pk)).frames[1]
    assert "un yn gloff" not in welsh.email
    assert "Mae'r hyn sy'n dilyn yng ngeiriau'r swyddog, yn Saesneg." in welsh.email


def test_a_correction_that_its_template_still_says_stays_in_the_members_language() -> None:
    welsh = speaker(Language.WELSH, mobile=None, email="w@example.org")
    alert = approved(cattle(more=""))

    words = Words(
        headline="Cattle on the road: 3 miles south of Holt",
        what=alert.what,
        where="3 miles south of Holt",
        ask=alert.ask,
    )
    actions.correct(
        alert_ref=alert.ref,
        officer=birch(),
        words=words,
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="The place was wrong",
    )
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    alerts.hand_over(alert)

    corrected = got_by(welsh)[-1]
    assert "Ble: 3 milltir i'r de o Holt" in corrected
    assert 'yng ngeiriau\'r swyddog: "The place was wrong."' in corrected
    assert "Gwartheg ar y ffordd" in corrected


def test_pages_sheets_and_cards_speak_the_readers_language() -> None:
    speaker(Language.ENGLISH)
    alert = approved(cattle(more=""))
    with speaking("cy"):
        page, sheet, carried = queries.get_public(ref=alert.ref), sheet_of(alert=alert), card(alert_ref=alert.ref)
        copied = card_text(alert=carried, how="Atebwch yma.")
    english = queries.get_public(ref=alert.ref)
    reply = Reply(invited=True, number="", page="")
    side = compose_side(sheet_of(alert=alert), occurred_at=None, corrected="", reply=reply, language="pl")

    assert page.language == sheet.language == carried.language == "cy"
    assert page.headline == sheet.headline == "Gwartheg ar y ffordd: 2 filltir i'r gogledd-ddwyrain o Holt"
    assert page.topic == "Da byw ar y ffordd"
    assert "Cadwch draw. Nawr neu berygl: 999." in copied
    assert (english.language, english.headline) == ("en", alert.headline)
    assert (side.tongue, side.ask) == ("pl", "Czyje to? Jechać powoli.")


def test_who_reads_another_language_is_told_where_the_words_are_the_officers() -> None:
    alerts.farmer()
    alert = alerts.released(level=Tier.PUBLIC)
    with speaking("pl"):
        page = queries.get_public(ref=alert.ref)
        foreign = page.is_foreign
    reply = Reply(invited=True, number="", page="")
    side = compose_side(sheet_of(alert=alert), occurred_at=None, corrected="", reply=reply, language="cy")

    assert (page.language, foreign, page.what) == ("en", True, alert.what)
    assert side.tongue == "en"


def test_each_language_is_shown_with_its_parts_and_what_they_cost() -> None:
    alert = cattle(Send.KEEP, place="2 miles north-east of Great Whittlesbourne Underwood")

    frames = previewing.looks_of(alert=alert).frames

    one = price(channel=Channel.SMS)
    assert max(len(frame.texts) for frame in frames) == 2
    assert one > 0
    assert [frame.pence for frame in frames] == [one * len(frame.texts) for frame in frames]


def test_the_cost_before_the_release_counts_each_members_language() -> None:
    for _ in range(3):
        speaker(Language.WELSH)
    speaker(Language.POLISH)
    speaker(Language.ENGLISH)
    speaker(Language.WELSH, mobile=None, email="w@example.org")
    alert = cattle(more="")
    plain = costing.forecast(alert=alert, count=queries.way_out(alert=alert).count)
    alert = cattle(more="", place="Mill Lane, Holt")
    give_words(alert_ref=alert.ref, officer=amos(), given={"cy": {"where": "Lôn y Felin, ger Tŷ Gŵyr"}})
    alert = Alert.objects.get(pk=alert.pk)

    dear = costing.forecast(alert=alert, count=queries.way_out(alert=alert).count)

    one = price(channel=Channel.SMS)
    frames = {frame.language: len(frame.texts) for frame in previewing.looks_of(alert=alert).frames}
    texts = queries.way_out(alert=alert).count.by_channel[Channel.SMS]
    assert plain.pence == pytest.approx(texts * one)
    assert frames[Language.WELSH] > 1
    assert dear.pence == pytest.approx((texts - 3 + 3 * frames[Language.WELSH]) * one)
    assert f"3 of them in another language and as long as {frames[Language.WELSH]} texts" in " ".join(dear.sentences)


def test_a_meeting_is_announced_with_its_day_in_each_language() -> None:
    builders.rota()
    speaker(Language.WELSH)
    begins = timezone.localtime(clock.now()) + dt.timedelta(days=5)
    where = Where("Holt", builders.MIDDLE, 100.0)
    written = write(
        BY_KEY["meeting"], {"meeting": "watch"}, where, now=timezone.localtime(clock.now()), starts_at=begins
    )

    alert = send_quick(officer=amos(), written=written, question=alerts.question(), send=Send.KEEP, suspect=Suspect.NO)

    text = previewing.looks_of(alert=alert).frames[1].text
    assert "Cyfarfod gwarchod" in text
    assert f"{begins:%H:%M}" in text
