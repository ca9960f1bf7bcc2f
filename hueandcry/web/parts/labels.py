"""Words for what screens show: moments, distances, addresses, states. One word for one thing, everywhere."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format

from hueandcry.domain.alerts.rules import Facts, Heard, NoteState, Urgency
from hueandcry.domain.alerts.rules import State as AlertState
from hueandcry.domain.alerts.rules.asking import Turn
from hueandcry.domain.alerts.rules.wording import NO_REF
from hueandcry.domain.members.rules import (
    AudienceCount,
    BatchState,
    Channel,
    MembershipState,
    MemberState,
    PlaceUse,
    Purpose,
    SchemeKind,
    SchemeRole,
    SchemeState,
    Tier,
)
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.routing import Health
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports.rules import Reading
from hueandcry.domain.reports.rules import State as ReportState
from hueandcry.kit import clock
from hueandcry.kit import phone as phones
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import mark, say, say_many

METRES_IN_A_MILE = 1609.344
SHORTEST_NUMBER = 8
HIDDEN_TAIL = 3
# How the address of a browser begins: what follows means nothing to anybody but us.
PUSH = "push:"

# The lists of words that a template may name: {% label alert.state "alert" %}.
KINDS: dict[str, type[Kind]] = {
    "alert": AlertState,
    "turn": Turn,
    "urgency": Urgency,
    "level": Tier,
    "report": ReportState,
    "reading": Reading,
    "delivery": DeliveryState,
    "message": MessageKind,
    "health": Health,
    "channel": Channel,
    "member": MemberState,
    "place": PlaceUse,
    "purpose": Purpose,
    "scheme": SchemeKind,
    "scheme_role": SchemeRole,
    "scheme_state": SchemeState,
    "part": MembershipState,
    "note": NoteState,
    "heard": Heard,
    "role": Role,
    "batch": BatchState,
}

# Colours say the same thing everywhere: red = act now, yellow = waiting for somebody, green = good, grey = over.
COLOURS: dict[Kind, str] = {
    BatchState.READ: "blue",
    BatchState.TRYING: "yellow",
    BatchState.TRIED: "yellow",
    BatchState.BRINGING: "yellow",
    BatchState.BROUGHT: "green",
    AlertState.DRAFT: "blue",
    AlertState.WAITING: "yellow",
    AlertState.RETURNED: "orange",
    AlertState.APPROVED: "turquoise",
    AlertState.SCHEDULED: "turquoise",
    AlertState.RELEASED: "green",
    AlertState.PAUSED: "orange",
    AlertState.CORRECTED: "green",
    AlertState.STOOD_DOWN: "grey",
    AlertState.ENDED: "grey",
    AlertState.EXPIRED: "grey",
    Urgency.NOW: "red",
    Urgency.TODAY: "yellow",
    Urgency.WHENEVER: "grey",
    ReportState.NEW: "yellow",
    ReportState.READ: "blue",
    ReportState.RELAYED: "green",
    ReportState.CLOSED: "grey",
    Reading.DANGER: "red",
    Reading.SIGHTING: "green",
    Reading.NOTHING: "grey",
    Reading.CALL_ME: "yellow",
    Reading.UNCLEAR: "blue",
    DeliveryState.QUEUED: "yellow",
    DeliveryState.TO_PRINT: "yellow",
    DeliveryState.LEASED: "yellow",
    DeliveryState.ACCEPTED: "blue",
    DeliveryState.DELIVERED: "green",
    DeliveryState.SEEN: "green",
    DeliveryState.BOUNCED: "red",
    DeliveryState.FAILED: "red",
    DeliveryState.UNCERTAIN: "orange",
    DeliveryState.EXPIRED: "grey",
    DeliveryState.CANCELLED: "grey",
    DeliveryState.STOPPED: "grey",
    Health.WORKS: "green",
    Health.SLOWER: "yellow",
    Health.DOWN: "red",
    Health.STANDS_BY: "blue",
    Health.FULL: "orange",
    MemberState.ACTIVE: "green",
    MemberState.PAUSED: "yellow",
    MemberState.LEFT: "grey",
    SchemeState.PROPOSED: "yellow",
    SchemeState.ACTIVE: "green",
    SchemeState.CLOSED: "grey",
    NoteState.WAITING: "yellow",
    NoteState.DUE: "blue",
    NoteState.SENT: "green",
    NoteState.RETURNED: "orange",
    NoteState.WITHDRAWN: "grey",
    Heard.NOT_YET: "yellow",
    Heard.TOLD: "green",
    Heard.NOT_THERE: "orange",
    Heard.DECLINED: "grey",
    Heard.BY_ITSELF: "green",
    Tier.VETTED: "teal",
    Tier.KIN: "teal",
}

# What comes by a channel, when there is more than one of it.
BY_CHANNEL: dict[Channel, str] = {
    Channel.SMS: mark("texts"),
    Channel.VOICE: mark("phone calls"),
    Channel.EMAIL: mark("e-mails"),
    Channel.POST: mark("printed sheets"),
    Channel.PUSH: mark("notifications"),
    Channel.WHATSAPP: mark("WhatsApp messages"),
}


def kind_of(value: str, kind: str) -> Kind:
    """Return the word `value` of the list `kind` (see KINDS)."""
    return KINDS[kind](value)


def clock_time(at: dt.datetime) -> str:
    """Return the time of day: 23:14."""
    return f"{timezone.localtime(at):%H:%M}"


def day(on: dt.date | dt.datetime, *, today: dt.date | None = None) -> str:
    """Return the day as people say it: today, yesterday, tomorrow, Saturday 22 November, 3 May 2025."""
    today = today or clock.today()
    if isinstance(on, dt.datetime):
        on = timezone.localtime(on).date()
    near = {0: say("today"), -1: say("yesterday"), 1: say("tomorrow")}
    away = (on - today).days
    if away in near:
        return near[away]
    return date_format(on, "l j E" if on.year == today.year else "j E Y")


def moment(at: dt.datetime, *, today: dt.date | None = None) -> str:
    """Return day and time: today 23:14."""
    return f"{day(at, today=today)} {clock_time(at)}"


def seconds(count: float) -> str:
    """Return how long something took: 0.8 seconds, 14 seconds, 3 minutes, 2 hours."""
    if count < 60:  # noqa: PLR2004
        return plural(round(count), "second") if count >= 10 else f"{count:.1f} seconds"  # noqa: PLR2004
    minutes = round(count / 60)
    return plural(minutes, "minute") if minutes < 120 else plural(round(minutes / 60), "hour")  # noqa: PLR2004


def waited(since: dt.datetime) -> str:
    """Return how long something waits: 14 seconds, 12 minutes, 3 hours, 2 days."""
    count = (clock.now() - since).total_seconds()
    hours = count // 3600
    return plural(round(hours / 24), "day") if hours >= 48 else seconds(max(count, 10))  # noqa: PLR2004


def distance(metres: float) -> str:
    """Return a distance as people here say it: 350 m, 2.4 miles, 12 miles."""
    miles = metres / METRES_IN_A_MILE
    if miles < 1:
        return f"{round(metres, -1):.0f} m" if metres >= 10 else f"{metres:.0f} m"  # noqa: PLR2004
    return f"{miles:.0f} miles" if miles >= 10 else f"{miles:.1f} miles"  # noqa: PLR2004


def without_ref(text: str) -> str:
    """Return words that have no reference yet with dots in its place."""
    return text.replace(Facts.ref, NO_REF)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return the number with its noun: 1 member, 4,012 members."""
    return say_many(f"{{count}} {noun}", f"{{count}} {nouns or noun + 's'}", count).format(count=f"{count:,}")


def phone(number: str) -> str:
    """Return a number as people here write it: 07700 900123, 020 7946 0123; anything else as it is."""
    return phones.shown(number) if number.startswith("+") else number


def postcode(text: str) -> str:
    """Return a postcode with its space: LA99 9ZZ."""
    return f"{text[:-3]} {text[-3:]}" if text.isalnum() else text


def half_hidden(address: str) -> str:
    """Return a number or e-mail address so that its owner knows it and a passer-by learns nothing."""
    if address.startswith(PUSH):
        return f"…{address[-HIDDEN_TAIL:]}"
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}…@{host}"
    digits = phone(address)
    if len(digits) >= SHORTEST_NUMBER and digits.replace(" ", "").isdigit():
        return f"{digits[:2]}… …{digits[-HIDDEN_TAIL:]}"
    return f"{address[:2]}…"


def audience(count: AudienceCount) -> str:
    """Return how many are meant and how each is reached: 3 people: 1 by text, 1 by phone call, 1 cannot be reached."""
    words = plural(count.members, "person", "people")
    parts = [f"{number:,} by {channel.within}" for channel, number in count.by_channel.items()]
    if count.unreachable:
        parts.append(f"{count.unreachable:,} cannot be reached")
    return f"{words}: {', '.join(parts)}" if parts else words
