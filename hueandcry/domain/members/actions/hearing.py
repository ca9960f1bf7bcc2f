"""A scheme's own messages: who agreed to them, and the end of it. Each is an agreement with its receipt."""

from collections.abc import Sequence

from django.db import connection, transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel, ConsentHow, MemberError
from hueandcry.domain.members.rules.joining import SCHEME_WORDING, version_in
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.words import language_now, say

# How much of a reference is kept as who ended something.
_BY = 80

# By every way that a member has and did not stop; what stands already stands on. Who was brought over from another
# system agreed by those ways alone for which the file proves it: the proof of the one is that of the other.
_AGREE = """
    INSERT INTO members_consent (member_id, organisation_id, scheme_id, purpose, channel, wording, how, taken_by,
        given_at, evidence, withdrawn_by)
    SELECT DISTINCT ON (part.member_id, scheme.id, contact.channel)
        part.member_id, scheme.organisation_id, scheme.id, 'scheme', contact.channel, %s, %s, %s,
        COALESCE(proof.given_at, %s), COALESCE(proof.evidence, %s), ''
    FROM members_membership AS part
    JOIN members_scheme AS scheme ON scheme.id = part.scheme_id
    JOIN members_contactpoint AS contact ON contact.member_id = part.member_id
    LEFT JOIN members_consent AS proof ON %s AND proof.member_id = part.member_id AND proof.channel = contact.channel
        AND proof.scheme_id IS NULL AND proof.withdrawn_at IS NULL
    WHERE part.member_id = ANY(%s) AND (%s OR part.scheme_id = ANY(%s)) AND part.left_at IS NULL AND part.state = 'in'
        AND contact.channel = ANY(%s)
        AND (NOT %s OR proof.id IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM members_suppression AS stop WHERE stop.channel = contact.channel AND stop.address_hash IN (
                members_reach_hash(contact.channel::text, contact.address::text),
                members_reach_hash(contact.channel::text, contact.address || ':' || scheme.organisation_id)
            )
        )
    ORDER BY part.member_id, scheme.id, contact.channel, proof.given_at
    ON CONFLICT DO NOTHING
    RETURNING member_id
"""


@transaction.atomic
def hear_from(
    *,
    member_ids: Sequence[int],
    scheme_ids: Sequence[int] | None = None,
    channels: Sequence[Channel] = tuple(Channel),
    how: ConsentHow,
    taken_by: str,
    evidence: str = "",
    as_proved: bool = False,
    quiet: bool = False,
) -> int:
    """Write down that members agree to the own messages of schemes that they are in; return how much of it is new.

    With `scheme_ids` of these schemes only, with `channels` by these ways only. `as_proved`: by those ways alone for
    which something else is agreed, with its day and its proof. Logged as `consent.given` for each member, but for a
    loader, which is `quiet`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _AGREE,
            [
                *(version_in(language_now(), SCHEME_WORDING), how.value, taken_by[:_BY], clock.now(), evidence),
                *(as_proved, list(member_ids)),
                *(scheme_ids is None, list(scheme_ids or ()), [channel.value for channel in channels], as_proved),
            ],
        )
        new = [row[0] for row in cursor.fetchall()]
    if not quiet:
        refs = dict(Member.objects.filter(pk__in=set(new)).values_list("pk", "ref"))
        for member in sorted(refs):
            log("consent.given", subject=f"member:{refs[member]}", actor=taken_by, channel="all", purposes=1)
    return len(new)


@transaction.atomic
def agree_to_scheme(
    *, member_id: int, scheme_id: int, channels: Sequence[Channel] = tuple(Channel), how: ConsentHow, taken_by: str
) -> int:
    """Let somebody who is in a scheme hear its own messages again, by these ways; return how many are new.

    Logged as `consent.given`.

    Raises:
        MemberError: they are not in it, have no such way, or it asked us to stop.
    """
    locked(member_id=member_id)
    given = {"member_ids": [member_id], "scheme_ids": [scheme_id], "channels": channels}
    new = hear_from(**given, how=how, taken_by=taken_by)  # type: ignore[arg-type] # each of its own kind
    standing = Consent.objects.filter(member=member_id, scheme=scheme_id, channel__in=channels, withdrawn_at=None)
    if not new and not standing.exists():
        raise MemberError(
            say("This cannot reach you now: you asked us to stop there. Text START to us from it, or add another way.")
        )
    return new


@transaction.atomic
def hear_no_more(*, scheme_id: int, member_ids: Sequence[int] | None = None, actor: str) -> int:
    """End what members agreed to hear from a scheme, of all or of these; return how many members heard from it.

    Logged as `consent.withdrawn` for each.
    """
    rows = Consent.objects.filter(scheme=scheme_id, withdrawn_at=None)
    if member_ids is not None:
        rows = rows.filter(member__in=list(member_ids))
    refs = sorted(set(rows.values_list("member__ref", flat=True)))
    rows.update(withdrawn_at=clock.now(), withdrawn_by=actor[:_BY])
    for ref in refs:
        log("consent.withdrawn", subject=f"member:{ref}", actor=actor, channel="all", agreements=1)
    return len(refs)
