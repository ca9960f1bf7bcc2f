"""People who stand here twice: found by a job, merged and taken apart again only by a person.

A merge moves places, ways to reach them, agreements, interests and schemes to the one who is kept. What other rooms
hold (deliveries, conversations, reports) keeps pointing at whom it was about; `queries.pairing.same_person` looks
through the merge. Everything as it was before and just after stands in the merge, so that it can be undone row by row.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from hueandcry.domain.members.models import ContactPoint, Member, Merge, Pair
from hueandcry.domain.members.queries import pairing as queries
from hueandcry.domain.members.rules import Channel, MemberError, MemberState, PairState
from hueandcry.domain.members.rules.pairing import (
    NEAR,
    SAME_POSTCODE,
    TITLES,
    are_alike,
    why_by_address,
    words_of,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.refs import new_long_ref

__all__ = ["MemberError", "find_pairs", "merge", "say_two", "unmerge"]

# An office or a whole street that shares one number tells nothing about who is who.
SHARED_BY_MANY = 5
CHUNK = 2_000
_BY_ADDRESS = """
    SELECT DISTINCT ON (1, 3) least(one.member_id, other.member_id), first.name,
        greatest(one.member_id, other.member_id), second.name, one.channel
    FROM members_contactpoint AS one
    JOIN members_contactpoint AS other ON other.address = one.address AND other.member_id > one.member_id
    JOIN members_member AS first ON first.id = one.member_id AND first.state <> 'left'
    JOIN members_member AS second ON second.id = other.member_id AND second.state <> 'left'
    WHERE one.address IN (
        SELECT address FROM members_contactpoint WHERE channel <> 'post'
        GROUP BY address HAVING count(DISTINCT member_id) BETWEEN 2 AND %s
    )
    ORDER BY 1, 3, one.channel = 'email'
"""
# Each place with the name of its member and the letters with which its words begin: two names of which no word begins
# alike are not compared at all.
_NAMED = """
    CREATE TEMP TABLE members_named AS
    SELECT row_number() OVER (ORDER BY place.id) AS number, member.id AS member_id, member.name, place.postcode,
        place.point, (
            SELECT array_agg(DISTINCT left(word, 1))
            FROM regexp_split_to_table(lower(member.name), '[^[:alnum:]]+') AS word
            WHERE word <> '' AND word <> ALL(%s)
        ) AS letters
    FROM members_memberplace AS place JOIN members_member AS member ON member.id = place.member_id
    WHERE member.state <> 'left'
"""
_SAME_POSTCODE = """
    SELECT one.member_id, one.name, other.member_id, other.name
    FROM members_named AS one
    JOIN members_named AS other ON other.postcode = one.postcode AND other.member_id > one.member_id
        AND other.letters && one.letters
    WHERE one.number > %s AND one.number <= %s AND one.postcode <> ''
"""
# 0.0018 degrees of latitude are 200 m; of longitude 0.0031 are in the middle of Britain: measured again below.
_NEAR = """
    SELECT one.member_id, one.name, other.member_id, other.name
    FROM members_named AS one
    JOIN members_named AS other ON other.member_id > one.member_id
        AND other.point <@ box(point(one.point[0] - 0.0031, one.point[1] - 0.0018),
                               point(one.point[0] + 0.0031, one.point[1] + 0.0018))
        AND other.letters && one.letters
    WHERE one.number > %s AND one.number <= %s
        AND power((one.point[0] - other.point[0]) * cosd(one.point[1]) * 111320, 2)
            + power((one.point[1] - other.point[1]) * 111320, 2) <= 40000
"""
# Tables that move with a member: (table, what of the gone stays behind because the kept has it already).
_MOVES = {
    "members_memberplace": "kept.postcode = gone.postcode AND kept.point ~= gone.point AND kept.name = gone.name",
    "members_contactpoint": "kept.channel = gone.channel AND kept.address = gone.address",
    "members_consent": "gone.withdrawn_at IS NULL AND kept.withdrawn_at IS NULL"
    " AND kept.organisation_id = gone.organisation_id AND kept.purpose = gone.purpose AND kept.channel = gone.channel"
    " AND kept.scheme_id IS NOT DISTINCT FROM gone.scheme_id",
    "members_interest": "kept.topic_id = gone.topic_id",
    "members_preference": "kept.priority = gone.priority AND kept.channel = gone.channel",
    "members_membership": "gone.left_at IS NULL AND kept.left_at IS NULL AND kept.scheme_id = gone.scheme_id",
    "members_vetting": "false",
    "members_bridge": "false",
    "members_keycontact": "false",
    "members_ask": "false",
}
# The stricter stands: what either withdrew, and did not give again by itself, ends for both. Who lets nothing more of
# an organisation come by one way has ended with it what the other agreed to there: a scheme's own messages too.
_STRICTER = """
    UPDATE members_consent AS standing SET withdrawn_at = %s, withdrawn_by = %s
    WHERE standing.member_id = ANY(%s) AND standing.withdrawn_at IS NULL AND EXISTS (
        SELECT FROM members_consent AS ended
        WHERE ended.member_id = ANY(%s) AND ended.member_id <> standing.member_id AND ended.withdrawn_at IS NOT NULL
            AND ended.organisation_id = standing.organisation_id AND ended.channel = standing.channel
            AND ended.withdrawn_at > standing.given_at
            AND NOT EXISTS (
                SELECT FROM members_consent AS again
                WHERE again.member_id = ended.member_id AND again.withdrawn_at IS NULL
                    AND again.organisation_id = ended.organisation_id AND again.channel = ended.channel
                    AND (
                        ended.purpose <> standing.purpose OR ended.scheme_id IS DISTINCT FROM standing.scheme_id
                        OR (again.purpose = ended.purpose AND again.scheme_id IS NOT DISTINCT FROM ended.scheme_id)
                    )
            )
            AND EXISTS (
                SELECT FROM members_contactpoint AS mine
                JOIN members_contactpoint AS theirs ON theirs.channel = mine.channel AND theirs.address = mine.address
                WHERE mine.member_id = standing.member_id AND theirs.member_id = ended.member_id
                    AND mine.channel = standing.channel
            )
    )
"""
# A number of one who never agreed to be written to there must not be used because the other agreed at another.
_ASK_FIRST = """
    UPDATE members_contactpoint AS contact SET suspended_at = %s
    WHERE contact.member_id = ANY(%s) AND contact.suspended_at IS NULL
        AND NOT EXISTS (
            SELECT FROM members_consent AS agreed WHERE agreed.member_id = contact.member_id
                AND agreed.channel = contact.channel AND agreed.withdrawn_at IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM members_contactpoint AS same JOIN members_consent AS agreed
                ON agreed.member_id = same.member_id AND agreed.channel = same.channel AND agreed.withdrawn_at IS NULL
            WHERE same.member_id = ANY(%s) AND same.channel = contact.channel AND same.address = contact.address
        )
"""


# ---------------------------------------------------------------- finding


def find_pairs() -> int:
    """Find people who may stand here twice and write each pair down once; return how many are new.

    Logged as `pairs.found` when there are any.
    """
    new = 0
    for some in _by_chunks(_found()):
        new += _keep(some)
    if new:
        log("pairs.found", subject="job:pairs", pairs=new)
    return new


def _found() -> Iterator[tuple[int, int, str]]:
    likeness = _Likeness()
    with connection.cursor() as cursor:
        cursor.execute(_BY_ADDRESS, [SHARED_BY_MANY])
        for first, name, second, other, channel in cursor.fetchall():
            yield first, second, why_by_address(channel, alike=likeness.of(name, other))
        cursor.execute("DROP TABLE IF EXISTS members_named")
        cursor.execute(_NAMED, [[title.lower() for title in TITLES]])
        cursor.execute("CREATE INDEX ON members_named (postcode)")
        cursor.execute("CREATE INDEX ON members_named USING gist (point)")
        cursor.execute("CREATE INDEX ON members_named (number)")
        cursor.execute("ANALYZE members_named")
        cursor.execute("SELECT count(*) FROM members_named")
        last = cursor.fetchone()[0]
        for after in range(0, last, CHUNK):
            for sql, why in ((_SAME_POSTCODE, SAME_POSTCODE), (_NEAR, NEAR)):
                cursor.execute(sql, [after, after + CHUNK])
                for first, name, second, other in cursor.fetchall():
                    if likeness.of(name, other):
                        yield first, second, why
        cursor.execute("DROP TABLE members_named")


class _Likeness:
    """How alike names are; each is taken apart once, and none is kept beyond one run."""

    def __init__(self) -> None:
        self._taken_apart: dict[str, tuple[tuple[str, ...], ...]] = {}

    def of(self, one: str, other: str) -> bool:
        """Say whether two names may be one person's."""
        return are_alike(self._words(one), self._words(other))

    def _words(self, name: str) -> tuple[tuple[str, ...], ...]:
        words = self._taken_apart.get(name)
        if words is None:
            words = self._taken_apart[name] = words_of(name)
        return words


def _by_chunks(pairs: Iterator[tuple[int, int, str]]) -> Iterator[list[tuple[int, int, str]]]:
    some: list[tuple[int, int, str]] = []
    for pair in pairs:
        some.append(pair)
        if len(some) == CHUNK:
            yield some
            some = []
    yield some


def _keep(pairs: Sequence[tuple[int, int, str]]) -> int:
    now, once = clock.now(), {(first, second): why for first, second, why in reversed(pairs)}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_pair (first_id, second_id, why, state, found_at, decided_by)"
            " SELECT new.first, new.second, new.why, 'open', %s, ''"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS new(first, second, why)"
            " JOIN members_member AS one ON one.id = new.first JOIN members_member AS other ON other.id = new.second"
            " ON CONFLICT DO NOTHING",
            [now, [first for first, _ in once], [second for _, second in once], list(once.values())],
        )
        return int(cursor.rowcount)


# ---------------------------------------------------------------- deciding


@transaction.atomic
def say_two(*, officer: Officer, pair_id: int, share: bool = False) -> Pair:
    """Decide that these are two people; they are not proposed again. Logged as `pair.kept_apart`.

    With `share` they share the numbers and mailboxes that both have: nothing of one person's own goes there.

    Raises:
        MemberError: it is decided already.
        NotHereError: there is no such pair for this officer.
    """
    pair = _open_pair(officer, pair_id)
    _decide(pair, PairState.TWO, officer)
    shared = _mark_shared(pair) if share else 0
    log(
        "pair.kept_apart",
        subject=f"member:{pair.first.ref}",
        actor=officer.as_actor(),
        other=pair.second.ref,
        shared=shared,
    )
    return pair


def _mark_shared(pair: Pair) -> int:
    _both_locked(pair.first_id, pair.second_id)
    theirs = ContactPoint.objects.filter(member=pair.second_id).exclude(channel=Channel.POST)
    return ContactPoint.objects.filter(
        member__in=(pair.first_id, pair.second_id),
        address__in=ContactPoint.objects.filter(member=pair.first_id, address__in=theirs.values("address")).values(
            "address"
        ),
    ).update(shared=True)


@transaction.atomic
def merge(*, officer: Officer, pair_id: int, kept_ref: str) -> Merge:
    """Make one of two: everything goes to the one who is kept, the stricter agreement stands.

    Logged as `member.merged`.

    Raises:
        MemberError: it is decided already, or one of them has left.
        NotHereError: there is no such pair for this officer.
    """
    pair = _open_pair(officer, pair_id)
    both = {one.ref: one for one in _both_locked(pair.first_id, pair.second_id)}
    if kept_ref not in both:
        raise MemberError("Choose which of the two is kept.")
    if any(one.state == MemberState.LEFT for one in both.values()):
        raise MemberError("One of the two has left, so there is nothing to merge.")
    kept = both.pop(kept_ref)
    (gone,) = both.values()
    ref = new_long_ref()
    before = _snapshot(kept.pk, gone.pk)
    _make_one(kept, gone, f"merge:{ref}")
    made = Merge.objects.create(
        ref=ref,
        kept=kept,
        gone=gone,
        before={"before": before, "after": _snapshot_of(before)},
        by=officer.as_actor(),
        at=clock.now(),
    )
    _decide(pair, PairState.MERGED, officer)
    log("member.merged", subject=f"member:{kept.ref}", actor=officer.as_actor(), other=gone.ref, merge=ref)
    return made


def _make_one(kept: Member, gone: Member, by: str) -> None:
    now, both = clock.now(), [kept.pk, gone.pk]
    with connection.cursor() as cursor:
        cursor.execute(_STRICTER, [now, by, both, both])
        cursor.execute(_ASK_FIRST, [now, both, both])
        for table, same in _MOVES.items():
            cursor.execute(
                f"UPDATE {table} AS gone SET member_id = %s WHERE gone.member_id = %s"  # noqa: S608 - our own words
                f" AND NOT EXISTS (SELECT FROM {table} AS kept WHERE kept.member_id = %s AND {same})",
                [kept.pk, gone.pk, kept.pk],
            )
        cursor.execute(
            "UPDATE members_consent SET withdrawn_at = %s, withdrawn_by = %s"
            " WHERE member_id = %s AND withdrawn_at IS NULL",
            [now, by, gone.pk],
        )
        cursor.execute(
            "UPDATE members_membership AS part SET role = other.role FROM members_membership AS other"
            " WHERE part.member_id = %s AND part.left_at IS NULL AND other.member_id = %s AND other.left_at IS NULL"
            " AND other.scheme_id = part.scheme_id AND part.role = 'member'",
            [kept.pk, gone.pk],
        )
        cursor.execute(
            "UPDATE members_membership SET left_at = %s WHERE member_id = %s AND left_at IS NULL", [now, gone.pk]
        )
    kept.joined_at = min(kept.joined_at, gone.joined_at)
    kept.save(update_fields=["joined_at"])
    # With a day, so that what stays behind is kept no longer than that of anybody who left.
    gone.state, gone.paused_until, gone.left_at = MemberState.LEFT, None, now
    gone.save(update_fields=["state", "paused_until", "left_at"])


@transaction.atomic
def unmerge(*, officer: Officer, ref: str) -> list[str]:
    """Take a merge apart again, row by row as it was; return what had changed since and was left so.

    What was withdrawn since stays withdrawn. Logged as `member.unmerged`.

    Raises:
        MemberError: it is undone already, or whoever was kept has left or is part of another since.
        NotHereError: there is no such merge for this officer.
    """
    made = queries.get_merge(officer=officer, ref=ref)
    made = Merge.objects.select_for_update(no_key=True, of=("self",)).select_related("kept", "gone").get(pk=made.pk)
    if made.undone_at is not None:
        raise MemberError("This merge is undone already.")
    both = {one.pk: one for one in _both_locked(made.kept_id, made.gone_id)}
    if both[made.kept_id].state == MemberState.LEFT:
        later = Merge.objects.filter(gone=made.kept_id, undone_at=None).exists()
        raise MemberError(
            "Whoever was kept was merged into another since: take that apart first."
            if later
            else "Whoever was kept has left us since, so both stay as they are."
        )
    differs = _restore(made)
    made.undone_at, made.undone_by = clock.now(), officer.as_actor()
    made.save(update_fields=["undone_at", "undone_by"])
    first, second = sorted((made.kept_id, made.gone_id))
    Pair.objects.filter(first=first, second=second).update(
        state=PairState.TWO, decided_at=made.undone_at, decided_by=made.undone_by
    )
    log(
        "member.unmerged",
        subject=f"member:{made.kept.ref}",
        actor=officer.as_actor(),
        other=made.gone.ref,
        differences=len(differs),
    )
    return differs


def _restore(made: Merge) -> list[str]:
    before, after = made.before["before"], made.before["after"]
    now = _snapshot_of(before)
    ended = _ended_since(after["members_consent"], now["members_consent"])
    differs: list[str] = []
    for table, rows in before.items():
        then = {row["id"]: row for row in after[table]}
        present = {row["id"]: row for row in now[table]}
        for row in rows:
            current = present.get(row["id"])
            if current is None:
                differs.append(f"{_WORDS[table]} was removed since, and stays removed.")
            elif table == "members_consent" and _key(row) in ended and row["withdrawn_at"] is None:
                # They stopped while they were one: that holds for both.
                _put_back(table, {**row, "withdrawn_at": ended[_key(row)], "withdrawn_by": f"merge:{made.ref}"})
                differs.append("An agreement was withdrawn since, and stays withdrawn for both.")
            elif current == then[row["id"]]:
                _put_back(table, row)
            else:
                changed = {name: value for name, value in current.items() if value != then[row["id"]][name]}
                _put_back(table, {**row, **changed})
                differs.append(f"{_WORDS[table]} was changed since: the newer stays.")
    return differs


def _ended_since(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> dict[tuple[Any, ...], str]:
    """Return what was withdrawn after the merge: by whom it does not matter."""
    stood = {row["id"] for row in then if row["withdrawn_at"] is None}
    return {_key(row): row["withdrawn_at"] for row in now if row["id"] in stood and row["withdrawn_at"] is not None}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["organisation_id"], row.get("scheme_id"), row["purpose"], row["channel"]


_WORDS = {
    "members_member": "Name, state or note",
    "members_memberplace": "A place",
    "members_contactpoint": "A number or address",
    "members_consent": "An agreement",
    "members_interest": "A subject",
    "members_preference": "A wish",
    "members_membership": "A part in a scheme",
    "members_vetting": "A check",
    "members_bridge": "A group elsewhere",
    "members_keycontact": "A part in a network",
    "members_ask": "A note of being asked",
}


# ---------------------------------------------------------------- rows as they stand


def _snapshot(*members: int) -> dict[str, list[dict[str, Any]]]:
    rows = {"members_member": _rows("members_member", "id", list(members))}
    return rows | {table: _rows(table, "member_id", list(members)) for table in _MOVES}


def _snapshot_of(before: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {table: _rows(table, "id", [row["id"] for row in rows]) for table, rows in before.items()}


def _rows(table: str, column: str, ids: list[int]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(row)::text FROM {table} AS row WHERE {column} = ANY(%s) ORDER BY id",  # noqa: S608
            [ids],
        )
        return [json.loads(kept) for (kept,) in cursor.fetchall()]


def _put_back(table: str, row: dict[str, Any]) -> None:
    columns = [f'"{name}"' for name in row if name != "id"]
    kept = ", ".join(f"kept.{column}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS row SET ({', '.join(columns)}) = ROW({kept})"  # noqa: S608 - names of our own columns
            f" FROM jsonb_populate_record(NULL::{table}, %s::jsonb) AS kept WHERE row.id = kept.id",
            [json.dumps(row)],
        )


# ---------------------------------------------------------------- locks


def _open_pair(officer: Officer, pair_id: int) -> Pair:
    pair = queries.get_pair(officer=officer, pair_id=pair_id)
    pair = Pair.objects.select_for_update(no_key=True, of=("self",)).select_related("first", "second").get(pk=pair.pk)
    if pair.state != PairState.OPEN:
        raise MemberError(f"This is decided already: {PairState(pair.state).label.lower()}.")
    return pair


def _decide(pair: Pair, state: PairState, officer: Officer) -> None:
    pair.state, pair.decided_at, pair.decided_by = state, clock.now(), officer.as_actor()
    pair.save(update_fields=["state", "decided_at", "decided_by"])


def _both_locked(*ids: int) -> list[Member]:
    return list(Member.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
