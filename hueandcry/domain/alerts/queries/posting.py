"""How an alert is posted for everybody to read, before and after it is."""

import datetime as dt
from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules.kinds import Marking, State, Words
from hueandcry.domain.alerts.rules.posting import CORRECTED_AT, as_typed, compose_over, compose_post, may_be_posted
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.queries.posting import outlets, post_languages
from hueandcry.domain.messaging.rules.posting import Outlet, PostWords, room_for
from hueandcry.kit.words import ENGLISH, LANGUAGES, language_now, say, speaking


def is_for_everybody(*, alert: Alert) -> bool:
    """Say whether an alert is posted when it goes out, where an outlet is set."""
    return may_be_posted(
        level=Tier(alert.level),
        marking=Marking(alert.marking),
        is_drill=alert.is_drill,
        is_relay=alert.relay_of_id is not None,
    )


def posted_in(*, alert: Alert) -> tuple[str, ...]:
    """Return in which languages an alert is posted: in English, and where it is said in another that is set."""
    said = {tongue.language for tongue in queries.tongues_of(alert=alert) if not tongue.is_foreign}
    return tuple(language for language in post_languages() if language == ENGLISH or language in said)


def as_posted(*, alert: Alert, language: str = ENGLISH, corrected_at: dt.datetime | None = None) -> PostWords:
    """Return an alert as every outlet that is set posts it in a language; that it was corrected stands before it."""
    with speaking(language):
        return _as_posted(alert, corrected_at)


def _as_posted(alert: Alert, corrected_at: dt.datetime | None) -> PostWords:
    link, words = link_to(ref=alert.ref, language=language_now()), _words(alert)
    first = say(CORRECTED_AT).format(time=f"{timezone.localtime(corrected_at):%H:%M}") if corrected_at else ""
    said = {
        outlet: compose_post(
            words,
            ref=alert.ref,
            signs_as=alert.organisation.signs_as,
            invites_answers=alert.invites_answers,
            expires_at=timezone.localtime(alert.expires_at) if alert.expires_at else None,
            most=room_for(outlet, link=link),
            first=first,
        )
        for outlet in outlets()
    }
    return PostWords(said, said, link)


def _words(alert: Alert) -> Words:
    """Return what an alert says in the language of the moment; where nobody said it, the officer's words as such."""
    tongue = queries.spoken_now(said=queries.tongues_of(alert=alert)) if language_now() != ENGLISH else None
    if tongue is not None:
        return Words(headline=tongue.headline, what=tongue.what, where=tongue.where, ask=tongue.ask)
    own = queries.words_of(alert=alert)
    return replace(own, headline=as_typed(own.headline), ask=as_typed(own.ask))


def looks_posted(*, alert: Alert) -> list[tuple[Outlet, str, str]]:
    """Return what each outlet will show of an alert in which language; nothing of what is not for everybody."""
    if not is_for_everybody(alert=alert):
        return []
    every = {language: as_posted(alert=alert, language=language) for language in posted_in(alert=alert)}
    return [
        (outlet, LANGUAGES[language], f"{words.said[outlet]}\n\n{words.link}")
        for outlet in outlets()
        for language, words in every.items()
    ]


def over_as_posted(*, alert: Alert, language: str = ENGLISH) -> PostWords:
    """Return what every outlet says in a language when an alert is over, and how the first post then reads."""
    with speaking(language):
        return _over_as_posted(alert)


def _over_as_posted(alert: Alert) -> PostWords:
    link, was = link_to(ref=alert.ref, language=language_now()), _words(alert).headline

    def said(outlet_room: int, headline: str) -> str:
        return compose_over(
            ref=alert.ref,
            signs_as=alert.organisation.signs_as,
            state=State(alert.state),
            because=alert.stood_down_because,
            was_recalled=alert.recalled_at is not None,
            headline=headline,
            most=outlet_room,
        )

    rooms = {outlet: room_for(outlet, link=link) for outlet in outlets()}
    return PostWords(
        {outlet: said(room, "") for outlet, room in rooms.items()},
        {outlet: said(room, was) for outlet, room in rooms.items()},
        link,
    )


def link_to(*, ref: str, language: str = ENGLISH) -> str:
    """Return the address of an alert's page for everybody; of a language other than English with its name."""
    begins = "" if language == ENGLISH else f"/{language}"
    return f"{settings.SITE_ADDRESS.rstrip('/')}{begins}/alerts/{ref}/"
