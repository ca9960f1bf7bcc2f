"""How long each table of members is kept."""

from hueandcry.domain.records.rules import Lifetime

_LEFT = "until leaving and 30 days (domain.md A8); then only the hash of a stopped address remains"
LIFETIMES = {
    "members_member": Lifetime(30, "left_at", _LEFT),
    "members_memberplace": Lifetime(30, "member.left_at", _LEFT),
    "members_contactpoint": Lifetime(30, "member.left_at", _LEFT),
    "members_pushdevice": Lifetime(30, "contact.member.left_at", _LEFT),
    "members_consent": Lifetime(30, "member.left_at", _LEFT),
    "members_interest": Lifetime(30, "member.left_at", _LEFT),
    "members_preference": Lifetime(30, "member.left_at", _LEFT),
    "members_vetting": Lifetime(30, "member.left_at", _LEFT),
    "members_suppression": Lifetime(None, "", "a stop outlives erasure; a hash only"),
    "members_reach": Lifetime(None, "", "made from the other tables, row by row with them"),
    "members_savedaudience": Lifetime(None, "", "a question about members, not about a person"),
    "members_scheme": Lifetime(None, "", "about a group, not a person"),
    "members_membership": Lifetime(30, "member.left_at", _LEFT),
    "members_devicecode": Lifetime(1, "expires_at", "a code is of no use after ten minutes"),
    "members_bridge": Lifetime(30, "member.left_at", _LEFT),
    "members_application": Lifetime(30, "expires_at", "who did not go on is forgotten; who joined stands in members"),
    "members_signup": Lifetime(90, "received_at", "so that a phone may send a draft again for weeks"),
    "members_visit": Lifetime(365, "at", "a door is called on again after a year at the latest"),
    "members_batch": Lifetime(6 * 365, "made_at", "evidence of what consent was brought over"),
    "members_batchrow": Lifetime(
        180, "batch.made_at", "the file itself: until the silent ones are erased, 90 days after they were asked again"
    ),
    "members_pair": Lifetime(365, "decided_at", "so that two people are not proposed as one again and again"),
    "members_merge": Lifetime(
        365, "at", "until then a merge can be undone and old links open; who is part of another is kept as long"
    ),
    "members_community": Lifetime(None, "", "about a group, not a person"),
    "members_mechanism": Lifetime(None, "", "about a group, not a person"),
    "members_keycontact": Lifetime(30, "member.left_at", _LEFT),
    "members_talk": Lifetime(3 * 365, "at", "key individuals: three years (domain.md A8)"),
    "members_pulse": Lifetime(3 * 365, "at", "questionnaires of key individuals: three years (domain.md A8)"),
    "members_ask": Lifetime(2 * 365, "at", "long enough to see that somebody is asked again and again (pitfall 4)"),
}
