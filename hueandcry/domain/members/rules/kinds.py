"""The closed lists of words about members, and how a refusal is said. Pure."""

from enum import IntEnum

from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import mark, say


class MemberError(ValueError):
    """Something about members that is refused, in words for a screen."""


class AudienceError(MemberError):
    """An audience that cannot be asked for, in words that say what to do."""


class KnownError(MemberError):
    """Somebody joins who is here already; said to officers only, an outsider reads the same as anybody."""


class Channel(Kind):
    """How a message reaches somebody."""

    SMS = "sms", "Text"
    VOICE = "voice", "Phone call"
    EMAIL = "email", "E-mail"
    POST = "post", "Printed sheet"
    PUSH = "push", "Notification on a phone or computer"
    WHATSAPP = "whatsapp", "WhatsApp"

    @property
    def within(self) -> str:
        """Return the words as they stand within a sentence."""
        return self.label if self == Channel.WHATSAPP else self.label.lower()


# The order in which an urgent alert looks for a way to a member: the fastest that they can hear.
URGENT_LADDER = (Channel.PUSH, Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.EMAIL)


class Language(Kind):
    """A language in which the service itself speaks; what an officer writes stays in the officer's."""

    ENGLISH = "en", "English"
    WELSH = "cy", "Cymraeg"
    POLISH = "pl", "Polski"


class Reading(Kind):
    """How a member can take in what we send."""

    ORDINARY = "ordinary", "Ordinary"
    LARGE = "large", "Large print"
    VOICE = "voice", "By voice only"


class CheckKind(Kind):
    """What was checked or taught before somebody hears more than others."""

    VETTING = "vetting", "Vetting"
    TRAINING = "training", "Training"


class MemberState(Kind):
    """Where a membership stands."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    LEFT = "left", "Left"


class Tier(Kind):
    """How far a member has been checked; each includes those before it (product.md, release levels)."""

    PUBLIC = "public", "Anybody"
    MEMBER = "member", "Members"
    VETTED = "vetted", "Vetted watch members"
    KIN = "kin", "Named key individuals"


TIER_ORDER = (Tier.PUBLIC, Tier.MEMBER, Tier.VETTED, Tier.KIN)


def tiers_from(lowest: Tier) -> tuple[Tier, ...]:
    """Return the tiers that may hear what is meant for `lowest` and above."""
    return TIER_ORDER[TIER_ORDER.index(lowest) :]


class PlaceUse(Kind):
    """What a member's place is to them."""

    HOME = "home", "Home"
    FARM = "farm", "Farm"
    FIELD = "field", "Field or buildings away from home"
    STABLE = "stable", "Stable"
    BOAT = "boat", "Boat or mooring"
    BUSINESS = "business", "Business"
    OTHER = "other", "Other"


class Purpose(Kind):
    """What a member agreed to hear (domain.md A11: message classes)."""

    ALERT = "alert", "Alerts and appeals"
    ADVICE = "advice", "Crime prevention advice"
    SURVEY = "survey", "Surveys and meetings"
    PARTNER = "partner", "Messages of partner organisations"
    # Never asked for by itself: it comes with the part in a scheme, and names that scheme.
    SCHEME = "scheme", "Own messages"

    @classmethod
    def asked_for(cls) -> list[tuple[str, str]]:
        """Return the choices of a form: what is agreed to for an organisation as a whole."""
        return [(purpose.value, purpose.label) for purpose in cls if purpose != cls.SCHEME]


class ConsentHow(Kind):
    """How an agreement was given."""

    SPOKEN = "spoken", "Spoken to an officer"
    WEB = "web", "On the website"
    TEXT = "text", "By text"
    VOICE = "voice", "By telephone"
    IMPORT = "import", "Brought over from another system"
    MADE_UP = "made_up", "Made up for the demonstration"


class SchemeKind(Kind):
    """Watch schemes."""

    FARM = "farm", "Farm Watch"
    HORSE = "horse", "Horse Watch"
    CANAL = "canal", "Canal Watch"
    NEIGHBOURHOOD = "neighbourhood", "Neighbourhood Watch"
    BUSINESS = "business", "Business Watch"
    OTHER = "other", "Other scheme"


class SchemeRole(Kind):
    """A member's part in a scheme."""

    MEMBER = "member", "Member"
    DEPUTY = "deputy", "Deputy coordinator"
    COORDINATOR = "coordinator", "Main coordinator"


class SchemeState(Kind):
    """Where a scheme stands."""

    PROPOSED = "proposed", "Proposed, waits for approval"
    ACTIVE = "active", "Active"
    CLOSED = "closed", "Closed"


class MembershipState(Kind):
    """Where somebody's part in a scheme stands."""

    ASKED = "asked", "Asked to join"
    IN = "in", "In"
    REFUSED = "refused", "Not taken in"


class Door(Kind):
    """By which way somebody comes in from outside."""

    WEB = "web", "On the website"
    TEXT = "text", "By text"
    VOICE = "voice", "By telephone"


class ApplicationState(Kind):
    """How far somebody is who wants to join."""

    ASKING = "asking", "Still being asked"
    CODE = "code", "Code sent"
    JOINED = "joined", "Joined"
    ELSEWHERE = "elsewhere", "Lives in another force"
    GIVEN_UP = "given_up", "Ran out of time or tries"


class VisitState(Kind):
    """What came of a call at a door."""

    NOT_IN = "not_in", "Not in"
    DECLINED = "declined", "Declined"
    VISITED = "visited", "Visited"
    REGISTERED = "registered", "Registered"


class BatchState(Kind):
    """How far a file from another system has come."""

    READ = "read", "Read: say what each column is"
    TRYING = "trying", "Being tried out"
    TRIED = "tried", "Tried out: nothing is changed yet"
    BRINGING = "bringing", "Being brought over"
    BROUGHT = "brought", "Brought over"
    DROPPED = "dropped", "Dropped"


class RowOutcome(Kind):
    """What would happen, or happened, with one row."""

    WAITING = "waiting", "Not tried yet"
    JOINS = "joins", "Joins"
    ASKS = "asks", "Joins and is asked to agree again"
    KNOWN = "known", "Is a member already"
    TWICE = "twice", "Stands in the file twice"
    STOPPED = "stopped", "Asked us to stop: left out"
    REFUSED = "refused", "Cannot be taken"


class PairState(Kind):
    """What was decided about two who may be one."""

    OPEN = "open", "To be decided"
    MERGED = "merged", "One person: merged"
    TWO = "two", "Two people"


class CommunityKind(Kind):
    """By what people belong together."""

    PLACE = "place", "Place"
    IDENTITY = "identity", "Identity or faith"
    WORK = "work", "Work or trade"
    INTEREST = "interest", "Interest"


class MechanismKind(Kind):
    """How a community is reached."""

    KIN = "kin", "Key individual"
    SCHEME = "scheme", "Watch scheme"
    MEETING = "meeting", "Meeting or surgery"
    SURVEY = "survey", "Survey"
    GROUP = "group", "Group elsewhere"


class KeyRole(Kind):
    """What a key individual does in the community (domain.md A6)."""

    POSTAL = "postal", "Postal worker"
    VET = "vet", "Vet"
    FEED = "feed", "Feed merchant"
    KEEPER = "keeper", "Gamekeeper"
    CLERGY = "clergy", "Clergy or faith leader"
    PUBLICAN = "publican", "Publican or shopkeeper"
    SCHOOL = "school", "Head teacher or school"
    CLERK = "clerk", "Parish clerk or councillor"
    AGRONOMIST = "agronomist", "Agronomist"
    CONTRACTOR = "contractor", "Farm contractor"
    LIAISON = "liaison", "Traveller liaison"
    YOUTH = "youth", "Youth worker or young person"
    OTHER = "other", "Other"


class TalkHow(Kind):
    """How an officer spoke with a key individual."""

    VISIT = "visit", "Visit"
    CALL = "call", "Phone call"
    MEETING = "meeting", "At a meeting"
    MESSAGE = "message", "By message"


class Priority(IntEnum):
    """How much a message may ask of a member: five steps, each with channels and hours of its own."""

    EMERGENCY = 1
    URGENT = 2
    IMPORTANT = 3
    ROUTINE = 4
    NEWSLETTER = 5

    @property
    def label(self) -> str:
        """Return the words that people read."""
        return say(PRIORITY_LABELS[self])

    @classmethod
    def numbered(cls) -> list[tuple[int, str]]:
        """Return (stored, label) pairs for a form or a model field."""
        return [(priority.value, priority.label) for priority in cls]


PRIORITY_LABELS = {
    Priority.EMERGENCY: mark("Danger: wake me"),
    Priority.URGENT: mark("Happening now"),
    Priority.IMPORTANT: mark("Worth knowing this week"),
    Priority.ROUTINE: mark("Advice, surveys and meetings"),
    Priority.NEWSLETTER: mark("Newsletters"),
}
