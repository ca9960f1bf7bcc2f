"""How long each table of members is kept."""

from hueandcry.domain.records.rules import Lifetime

_LEFT = "until leaving and 30 days (domain.md A8); then only the hash of a stopped address remains, in messaging"
LIFETIMES = {
    "members_member": Lifetime(30, "left_at", _LEFT),
    "members_memberplace": Lifetime(30, "member.left_at", _LEFT),
    "members_contactpoint": Lifetime(30, "member.left_at", _LEFT),
    "members_consent": Lifetime(30, "member.left_at", _LEFT),
    "members_interest": Lifetime(30, "member.left_at", _LEFT),
    "members_scheme": Lifetime(None, "", "about a group, not a person"),
    "members_membership": Lifetime(30, "member.left_at", _LEFT),
}
