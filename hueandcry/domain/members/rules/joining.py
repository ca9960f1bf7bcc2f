"""What somebody brings who joins, and what they agree to. Pure."""

import datetime as dt
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import Channel, ConsentHow, MemberError, PlaceUse, Purpose, SchemeRole, Tier
from hueandcry.kit.geometry import Point
from hueandcry.kit.words import ENGLISH, LANGUAGES, mark, say

# The words that are read out or shown when somebody agrees; a change is a new version, never an edit.
CONSENT_WORDINGS = {
    "2026-11": mark(
        "{organisation} may send you messages of this kind by this way. You can stop at any time: "
        "reply STOP, use the link in any message, or tell any officer."
    ),
    # What stands on the poster with the number, and is meant by a JOIN from a telephone or by a key pressed.
    "2026-11-text": mark(
        "By this text you agree that {organisation} may send alerts and appeals to this number, about the places that "
        "you give. You can stop at any time: reply STOP, or tell any officer."
    ),
    # What stands beside the button with which somebody joins a watch scheme.
    "2026-11-scheme": mark(
        "{scheme} may send you its own messages, through {organisation}: what to look out for, advice, meetings. You "
        "can stop at any time: reply STOP to one of them, end it on your page, or tell any officer."
    ),
    # What stands beside the button that shows alerts on a phone or computer.
    "2026-11-push": mark(
        "{organisation} may show alerts and appeals on this phone or computer. You can stop at any time: remove it on "
        "your page, or tell any officer."
    ),
    # What stands beside the yes to WhatsApp, which is somebody else's service.
    "2026-11-whatsapp": mark(
        "{organisation} may send you messages of this kind by WhatsApp. WhatsApp belongs to Meta, a company abroad: it "
        "learns your number, and that we write to you. Alerts carry nobody's name, address or number plate. You can "
        "stop at any time: reply STOP, use your own page, or tell any officer."
    ),
    # Who was in a scheme before its own messages had an agreement of their own: that they were is the proof.
    "2026-11-scheme-was": mark(
        "{scheme} sent its members its own messages, through {organisation}, and you were one of them. You can stop at "
        "any time: reply STOP to one of them, end it on your page, or tell any officer."
    ),
}
CONSENT_VERSION = "2026-11"
SCHEME_WORDING = "2026-11-scheme"
WHATSAPP_WORDING = "2026-11-whatsapp"


def wording_for(channel: Channel) -> str:
    """Return the version of the wording with which somebody agrees to messages by this way, in English."""
    return WHATSAPP_WORDING if channel == Channel.WHATSAPP else CONSENT_VERSION


def version_in(language: str, version: str = CONSENT_VERSION) -> str:
    """Return the version of a wording as it is agreed to in a language: 2026-11, 2026-11-cy, 2026-11-text-pl."""
    return version if language == ENGLISH or language not in LANGUAGES else f"{version}-{language}"


def language_in(version: str) -> str:
    """Return the language of one version of a wording; English of one unknown."""
    plain, _, language = version.rpartition("-")
    return language if plain in CONSENT_WORDINGS and language in LANGUAGES else ENGLISH


def consent_words(version: str, *, organisation: str, scheme: str = "") -> str:
    """Return the words of one version, in the language in which they were agreed to; nothing of one unknown."""
    language = language_in(version)
    words = CONSENT_WORDINGS.get(version if language == ENGLISH else version.removesuffix(f"-{language}"), "")
    return say(words, language).format(organisation=organisation, scheme=scheme)


# What everybody reads who joins from outside, known to us or not: nobody can find out who is a member.
THANKS = mark("Thank you. Look out for a message from us: it says what to do next.")
OUTSIDE = frozenset({ConsentHow.WEB, ConsentHow.TEXT})


@dataclass(frozen=True)
class NewPlace:
    """A place of somebody who joins: a postcode, or a point when it is known better."""

    postcode: str = ""
    point: Point | None = None
    use: PlaceUse = PlaceUse.HOME
    name: str = ""


@dataclass(frozen=True)
class NewContact:
    """A way to reach somebody who joins, as they wrote it; `confirmed` when it was tried in front of the officer."""

    channel: Channel
    address: str = field(repr=False)
    confirmed: bool = True


@dataclass(frozen=True)
class NewMember:
    """Somebody who joins, as a loader brings them: everything normalised already.

    Attributes:
        schemes: ids of schemes, with the part they have in each.
        topics: ids of topics.
        organisations: ids of the organisations that they agree to hear from.
        purposes: what they agree to hear, by every contact point given.
    """

    name: str = field(repr=False)
    places: tuple[NewPlace, ...] = field(repr=False)
    contacts: tuple[NewContact, ...]
    organisations: tuple[int, ...]
    purposes: tuple[Purpose, ...] = (Purpose.ALERT,)
    topics: tuple[int, ...] = ()
    schemes: tuple[tuple[int, SchemeRole], ...] = ()
    tier: Tier = Tier.MEMBER
    joined_at: dt.datetime | None = None
    ref: str = ""
    note: str = field(default="", repr=False)


def check_new(member: NewMember) -> None:
    """Refuse somebody without a name, a place, a way to reach them, or an agreement.

    Raises:
        MemberError: saying what to add.
    """
    if not member.name.strip():
        raise MemberError(say("Write a name: it is how the member is greeted."))
    if not member.places:
        raise MemberError(say("Add at least one place: alerts are sent by place."))
    if not member.contacts:
        raise MemberError(
            say("Add at least one way to reach them: a mobile, a landline, an e-mail address or a letterbox.")
        )
    if not member.organisations or not member.purposes:
        raise MemberError(say("Ask what they agree to hear and from whom: without that nothing may be sent."))
