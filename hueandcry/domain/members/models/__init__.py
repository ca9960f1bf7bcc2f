"""Members, how to reach them, what they agreed to; their schemes, networks and audiences; how they come and go."""

from hueandcry.domain.members.models.audiences import Reach, SavedAudience
from hueandcry.domain.members.models.bringing import Batch, BatchRow, Merge, Pair
from hueandcry.domain.members.models.joining import Application, SignUp, Visit
from hueandcry.domain.members.models.networks import Ask, Community, KeyContact, Mechanism, Pulse, Talk
from hueandcry.domain.members.models.people import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    MemberQuerySet,
    Preference,
    PushDevice,
    Suppression,
    Vetting,
)
from hueandcry.domain.members.models.schemes import Bridge, DeviceCode, Membership, Scheme, SchemeQuerySet

__all__ = [
    "Application",
    "Ask",
    "Batch",
    "BatchRow",
    "Bridge",
    "Community",
    "Consent",
    "ContactPoint",
    "DeviceCode",
    "Interest",
    "KeyContact",
    "Mechanism",
    "Member",
    "MemberPlace",
    "MemberQuerySet",
    "Membership",
    "Merge",
    "Pair",
    "Preference",
    "Pulse",
    "PushDevice",
    "Reach",
    "SavedAudience",
    "Scheme",
    "SchemeQuerySet",
    "SignUp",
    "Suppression",
    "Talk",
    "Vetting",
    "Visit",
]
