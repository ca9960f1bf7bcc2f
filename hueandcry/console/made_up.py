"""Made-up people: names from landscape words, numbers that nobody has, and how members differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hueandcry.console.doggerland import words
from hueandcry.domain.knowledge import actions as knowledge
from hueandcry.domain.knowledge import queries as topics
from hueandcry.domain.members.rules import Channel, NewContact, Purpose, SchemeKind, Tier

DRAMA = 1000
# How members are reached: the others have a mobile. A few never answered the message that asks them to confirm.
LANDLINE_ONLY = 0.15
MAIL_ONLY = 0.15
MAIL_TOO = 0.5
UNCONFIRMED = 0.02

# What a rural force speaks about with its members: slug, name, what an alert on it asks.
TOPICS = (
    (
        "hare-coursing",
        "Hare coursing",
        "Look out for vehicles on field edges and people with dogs, and tell us at once.",
    ),
    (
        "fuel-theft",
        "Fuel and heating oil theft",
        "Check your tanks and locks, and tell us of vans with pumps or drums.",
    ),
    (
        "livestock-worrying",
        "Livestock worrying",
        "Look to your stock, keep dogs in, and tell us of dogs running loose.",
    ),
    ("machinery-theft", "Quad and machinery theft", "Take keys in, lock sheds, and tell us of trailers at odd hours."),
    ("heritage", "Heritage crime", "Tell us of people digging or with metal detectors, and of missing stone or lead."),
    ("fly-tipping", "Fly-tipping", "Tell us of tipping as it happens, with the vehicle; do not touch the waste."),
    ("poaching", "Poaching", "Tell us of lamps, shots and vehicles at night; stay away from them."),
    ("scams", "Scams and doorstep traders", "Close the door, ring off, and tell us who called."),
    ("horses", "Horses and tack", "Check your yard and tack room, and tell us who is asking questions."),
    ("rural-burglary", "Burglary", "Check outbuildings, and tell us of strangers and vehicles that do not fit."),
    ("missing-people", "Missing people", "Look in sheds, barns and along the water, and tell us at once."),
    ("livestock-on-road", "Livestock on the road", "Drive slowly, check your gates, and tell us where they are."),
)

# Which topics go with which scheme, beside one or two of everybody's own.
FAVOURITES = {
    SchemeKind.FARM: ("hare-coursing", "machinery-theft", "fuel-theft", "livestock-worrying", "livestock-on-road"),
    SchemeKind.HORSE: ("horses", "livestock-on-road"),
    SchemeKind.CANAL: ("poaching", "fly-tipping"),
    SchemeKind.NEIGHBOURHOOD: ("rural-burglary", "scams"),
}


@dataclass(frozen=True)
class Counter:
    """Gives out numbers and addresses, each once."""

    start: int = 0

    def contacts(self, rng: Random, name: str, n: int) -> tuple[NewContact, ...]:
        """Return how the nth made-up person is reached: mobile 70 %, landline only 15 %, e-mail only 15 %."""
        n += self.start
        draw, confirmed = rng.random(), rng.random() >= UNCONFIRMED
        mail = NewContact(Channel.EMAIL, mailbox(name, n), confirmed)
        if draw < LANDLINE_ONLY:
            return (NewContact(Channel.VOICE, landline(n), confirmed),)
        if draw < LANDLINE_ONLY + MAIL_ONLY:
            return (mail,)
        text = NewContact(Channel.SMS, mobile(n), confirmed)
        return (text, mail) if rng.random() < MAIL_TOO else (text,)


def person(rng: Random) -> str:
    """Return a name made of landscape words."""
    return f"{rng.choice(words.FIRST_NAMES)} {surname(rng)}"


def surname(rng: Random) -> str:
    """Return a surname made of two landscape words."""
    return rng.choice(words.SURNAME_HEADS) + rng.choice(words.SURNAME_TAILS)


def mobile(n: int) -> str:
    """Return the nth made-up mobile number (n below 1,000,000).

    Ofcom keeps 07700 900000 to 900999 for drama: a thousand. From then on the numbers are three figures longer than any
    British number, so that nobody can have one; cut to a real length they would fall into the drama range again.
    They are for the sandbox only: `kit.phone` rightly refuses them, and loaders do not ask it.
    """
    return f"+447700900{n:03d}" if n < DRAMA else f"+447700900{n - DRAMA:06d}"


def landline(n: int) -> str:
    """Return the nth made-up landline number: 020 7946 0000 to 0999 (Ofcom, drama), then three figures too long."""
    return f"+442079460{n:03d}" if n < DRAMA else f"+442079460{n - DRAMA:06d}"


def mailbox(name: str, n: int) -> str:
    """Return a made-up e-mail address under example.org, which delivers nowhere (RFC 2606)."""
    return f"{name.lower().replace(' ', '.')}.{n}@example.org"


def tier(rng: Random, kinds: Sequence[SchemeKind]) -> Tier:
    """Return how far somebody has been checked: most of a watch scheme is vetted, few are named individuals."""
    draw = rng.random()
    if draw < 0.02:  # noqa: PLR2004 - shares
        return Tier.KIN
    return Tier.VETTED if kinds and draw < 0.85 else Tier.MEMBER  # noqa: PLR2004


def interests(rng: Random, kinds: Sequence[SchemeKind], ids: dict[str, int]) -> tuple[int, ...]:
    """Return the topics that somebody chose: most of those of their schemes, and one or two of their own."""
    wanted = [slug for kind in kinds for slug in FAVOURITES.get(kind, ()) if rng.random() < 0.8]  # noqa: PLR2004
    wanted += rng.sample(sorted(ids), rng.choice((0, 1, 1, 2)))
    return tuple(dict.fromkeys(ids[slug] for slug in wanted))


def purposes(rng: Random) -> tuple[Purpose, ...]:
    """Return what somebody agreed to hear: alerts always, advice and surveys often."""
    further = ((Purpose.ADVICE, 0.6), (Purpose.SURVEY, 0.35))
    return (Purpose.ALERT, *(purpose for purpose, share in further if rng.random() < share))


def topic_ids(*, actor: str) -> dict[str, int]:
    """Return the id of each topic by its slug, adding those that are missing."""
    known = {line.slug: line.id for line in topics.topics()}
    for slug, name, asks in TOPICS:
        if slug not in known:
            known[slug] = knowledge.add_topic(slug=slug, name=name, asks=asks, actor=actor).pk
    return known
