"""How an alert is posted for everybody to read, before and after it is."""

from django.conf import settings
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules.kinds import Marking, State
from hueandcry.domain.alerts.rules.posting import compose_over, compose_post, may_be_posted
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.queries.posting import outlets
from hueandcry.domain.messaging.rules.posting import Outlet, PostWords, room_for


def is_for_everybody(*, alert: Alert) -> bool:
    """Say whether an alert is posted when it goes out, where an outlet is set."""
    return may_be_posted(
        level=Tier(alert.level),
        marking=Marking(alert.marking),
        is_drill=alert.is_drill,
        is_relay=alert.relay_of_id is not None,
    )


def as_posted(*, alert: Alert, first: str = "") -> PostWords:
    """Return an alert as every outlet that is set posts it; `first` stands before it."""
    link, words = link_to(alert=alert), queries.words_of(alert=alert)
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


def looks_posted(*, alert: Alert) -> list[tuple[Outlet, str]]:
    """Return what each outlet will show of an alert, link and all; nothing of what is not for everybody."""
    if not is_for_everybody(alert=alert):
        return []
    words = as_posted(alert=alert)
    return [(outlet, f"{said}\n\n{words.link}") for outlet, said in words.said.items()]


def over_as_posted(*, alert: Alert) -> PostWords:
    """Return what every outlet that is set says when an alert is over, and how the first post then reads."""
    link = link_to(alert=alert)

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
        {outlet: said(room, alert.headline) for outlet, room in rooms.items()},
        link,
    )


def link_to(*, alert: Alert) -> str:
    """Return the address of an alert's page for everybody."""
    return f"{settings.SITE_ADDRESS.rstrip('/')}/alerts/{alert.ref}/"
