"""Bringing members over from another system: taking a file in, trying it out, bringing it over, asking again."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from hueandcry.domain.members.actions import agree, found_scheme
from hueandcry.domain.members.actions.hearing import hear_from
from hueandcry.domain.members.actions.reach import refreshed_once
from hueandcry.domain.members.models import Batch, BatchRow, Member, Scheme
from hueandcry.domain.members.queries import bringing as brought_queries
from hueandcry.domain.members.rules import (
    BatchState,
    Channel,
    ConsentHow,
    Language,
    MemberError,
    MembershipState,
    MemberState,
    PlaceUse,
    RowOutcome,
    SchemeKind,
    SchemeRole,
    Tier,
)
from hueandcry.domain.members.rules import Reading as AsRead
from hueandcry.domain.members.rules.bringing import (
    FOUND,
    IMPORT_WORDING,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    TYPED_ABOVE,
    Read,
    Reading,
    RowError,
    check_reading,
    evidence,
    guess,
    judge,
    read_row,
    reading_of,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.places.models import Postcode
from hueandcry.domain.places.queries import area_of_each, areas
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, sheets
from hueandcry.kit.geometry import Point
from hueandcry.kit.refs import new_long_ref, new_token
from hueandcry.kit.text import fold

__all__ = [
    "MemberError",
    "ask_again",
    "bring_over",
    "choose",
    "drop",
    "erase_silent",
    "say_yes",
    "start",
    "take_in",
    "try_out",
]

CHUNK = 2_000
AT_A_TIME = 1_000
SILENT_FOR = dt.timedelta(days=90)
# Who was merged into another is known as that other, under the old name too.
_KNOWN = """
    SELECT new.place, standing.ref, standing.left_at IS NOT NULL
    FROM unnest(%s::int[], %s::text[], %s::text[]) AS new(place, name, address)
    JOIN members_contactpoint AS contact ON contact.address = new.address
    CROSS JOIN LATERAL (
        SELECT contact.member_id AS id
        UNION ALL
        SELECT gone_id FROM members_merge WHERE kept_id = contact.member_id AND undone_at IS NULL
    ) AS under
    JOIN members_member AS named ON named.id = under.id AND lower(named.name) = new.name
    LEFT JOIN members_merge AS merge ON merge.gone_id = named.id AND merge.undone_at IS NULL
    JOIN members_member AS standing ON standing.id = coalesce(merge.kept_id, named.id)
    ORDER BY new.place, standing.left_at IS NOT NULL, standing.id
"""
_STOPPED = """
    SELECT new.place, new.channel, new.address
    FROM unnest(%s::int[], %s::text[], %s::text[]) AS new(place, channel, address)
    JOIN members_suppression AS stop ON stop.channel = new.channel
        AND stop.address_hash IN (
            sha256(convert_to(new.channel || ':' || new.address, 'UTF8')),
            sha256(convert_to(new.channel || ':' || new.address || ':' || %s, 'UTF8'))
        )
"""


class _Verdict(NamedTuple):
    """What would happen with one row."""

    row: BatchRow
    outcome: RowOutcome
    why: str
    read: Read | None = None
    stands: tuple[Channel, ...] = ()


# ---------------------------------------------------------------- taking a file in


@transaction.atomic
def take_in(*, officer: Officer, name: str, file: IO[bytes], size: int) -> Batch:
    """Take a file in, row by row as it came, and guess what its columns hold. Logged as `batch.taken_in`.

    Raises:
        MemberError: it is no table, it is too big, or it is here already.
    """
    if officer.organisation.kind != OrganisationKind.FORCE:
        raise MemberError("Only the force brings members over: a partner asks people to agree to its own messages.")
    if size > MOST_BYTES:
        raise MemberError(
            f"The file is bigger than {MOST_BYTES // 2**20} MB: cut it into several, each with its header."
        )
    digest = _digest(file)
    with connection.cursor() as cursor:  # the same file pressed twice waits here for the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [digest])
    same = Batch.objects.filter(mapping__sha256=digest, organisation=officer.organisation_id)
    twin = same.exclude(state=BatchState.DROPPED).order_by("pk").first()
    if twin is not None:
        raise MemberError(f"This very file is here already, as {twin.name}: open it in the list below.")
    try:
        layout = sheets.look(file)
    except sheets.SheetError as refusal:
        raise MemberError(str(refusal)) from refusal
    if len(layout.columns) > MOST_COLUMNS:
        raise MemberError(f"The file has {len(layout.columns)} columns: leave out all but {MOST_COLUMNS}.")
    batch = Batch.objects.create(
        organisation=officer.organisation,
        officer=officer,
        name=(name.replace("\x00", "").strip() or "members.csv")[-120:],
        columns=list(layout.columns),
        made_at=clock.now(),
    )
    batch.rows_total = _copy_rows(batch, file, layout)
    if not batch.rows_total:
        raise MemberError("There is only a header, or nothing, in this file. Export it again with all rows.")
    batch.mapping = {
        **_first_reading(batch),
        "sha256": digest,
        "encoding": layout.encoding,
        "separator": layout.separator,
        "header_line": layout.header_line,
    }
    batch.save(update_fields=["rows_total", "mapping"])
    log("batch.taken_in", subject=f"batch:{batch.ref}", actor=officer.as_actor(), rows=batch.rows_total)
    return batch


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _copy_rows(batch: Batch, file: IO[bytes], layout: sheets.Layout) -> int:
    many = 0
    columns = "batch_id, number, raw, outcome, why"
    with connection.cursor() as cursor, cursor.copy(f"COPY members_batchrow ({columns}) FROM STDIN") as copy:
        for row in sheets.rows_of(file, layout):
            many += 1
            if many > MOST_ROWS:
                raise MemberError(f"The file has more than {MOST_ROWS:,} rows: cut it into several.")
            # Broken quotations give rows that begin on one line: the number is then the next that is free.
            copy.write_row((batch.pk, max(row.line, many), json.dumps(row.cells), RowOutcome.WAITING, ""))
    return many


def _first_reading(batch: Batch) -> dict[str, object]:
    """Return how the columns seem to be read: as those of an earlier file with the same, else as they look."""
    earlier = Batch.objects.filter(organisation=batch.organisation, columns__contains=batch.columns).exclude(
        pk=batch.pk
    )
    for one in earlier.exclude(state=BatchState.READ).order_by("-pk")[:20]:
        if one.columns == batch.columns:
            return reading_of(one.mapping).as_json()
    mended = _of_mended_rows(batch)
    if mended:
        return mended
    meanings = guess(batch.columns, brought_queries.samples(batch=batch, most=50))
    return Reading(meanings=meanings).as_json()


def _of_mended_rows(batch: Batch) -> dict[str, object]:
    """Return the reading of the file from which these rows were downloaded to be mended: one column more."""
    for one in Batch.objects.filter(organisation=batch.organisation).exclude(pk=batch.pk).order_by("-pk")[:50]:
        if one.columns == batch.columns[: len(one.columns)] and len(batch.columns) == len(one.columns) + 1:
            kept = reading_of(one.mapping).as_json()
            return {**kept, "meanings": [*kept["meanings"], "nothing"]}
    return {}


# ---------------------------------------------------------------- how it is read


@transaction.atomic
def choose(*, officer: Officer, ref: str, reading: Reading) -> Batch:
    """Say what the columns of a file hold and what its words mean. Logged as `batch.read`.

    Raises:
        MemberError: something needed is not named, or the file is brought over already.
        NotHereError: there is no such file for this officer.
    """
    batch = _locked(officer, ref)
    if batch.state not in {BatchState.READ, BatchState.TRIED}:
        raise MemberError(f"This file is past that: {BatchState(batch.state).label.lower()}.")
    if len(reading.meanings) != len(batch.columns):
        raise MemberError("Say for each column what it holds, or that it is left out.")
    check_reading(reading)
    batch.mapping = {**batch.mapping, **reading.as_json()}
    batch.state = BatchState.READ
    batch.save(update_fields=["mapping", "state"])
    log("batch.read", subject=f"batch:{batch.ref}", actor=officer.as_actor(), proof=reading.proof.value)
    return batch


@transaction.atomic
def start(*, officer: Officer, ref: str, bring: bool = False, typed: str = "") -> Batch:
    """Ask for a trial of a file, or for bringing it over. Logged as `batch.trial_asked` or `batch.bringing_asked`.

    Raises:
        MemberError: it is too early or too late for that, or the number typed is not the number of members.
        NotHereError: there is no such file for this officer.
    """
    batch = _locked(officer, ref)
    state = BatchState(batch.state)
    if bring:
        if state != BatchState.TRIED:
            early = state in {BatchState.READ, BatchState.TRYING}
            raise MemberError("Try it out first." if early else f"This file is {state.label.lower()} already.")
        _check_typed(batch, typed)
        _found_schemes(batch, officer)
        batch.state = BatchState.BRINGING
    else:
        if state not in {BatchState.READ, BatchState.TRIED}:
            raise MemberError(f"This file is {state.label.lower()} already.")
        check_reading(reading_of(batch.mapping))
        if not areas(kind=AreaKind.FORCE):
            raise MemberError("The boundary of the force is not loaded yet: without it nobody's place can be checked.")
        batch.state = BatchState.TRYING
    batch.save(update_fields=["state", "mapping"])
    if bring:
        log("batch.bringing_asked", subject=f"batch:{batch.ref}", actor=officer.as_actor())
    else:
        log("batch.trial_asked", subject=f"batch:{batch.ref}", actor=officer.as_actor())
    return batch


def _check_typed(batch: Batch, typed: str) -> None:
    counts = brought_queries.count_rows(batch=batch)
    people = counts.get(RowOutcome.JOINS, 0) + counts.get(RowOutcome.ASKS, 0)
    if not people:
        raise MemberError(
            "Nobody in this file can be brought over: look at the reasons, mend the file, upload it again."
        )
    if people > TYPED_ABOVE and "".join(sign for sign in typed if sign.isdigit()) != str(people):
        raise MemberError(f"Type the number {people:,} to say that you mean so many people.")


def _found_schemes(batch: Batch, officer: Officer) -> None:
    """Found the schemes that the mapping asks for, once; a name that exists already is that scheme."""
    words = batch.mapping.get("words", {})
    groups = dict(words.get("groups", {}))
    shown = {folded: name for folded, name, _ in brought_queries.words_of(batch=batch).get("groups", [])}
    for folded, choice in groups.items():
        if choice in FOUND:
            name = shown.get(folded, folded.title())
            scheme = Scheme.objects.filter(name__iexact=name).first() or found_scheme(
                kind=SchemeKind(FOUND[choice]),
                name=name,
                organisation_id=batch.organisation_id,
                actor=officer.as_actor(),
            )
            groups[folded] = str(scheme.pk)
    batch.mapping = {**batch.mapping, "words": {**words, "groups": groups}}


@transaction.atomic
def drop(*, officer: Officer, ref: str) -> Batch:
    """Throw a file away that was not brought over, rows and all. Logged as `batch.dropped`.

    Raises:
        MemberError: it is brought over already, or being so.
        NotHereError: there is no such file for this officer.
    """
    batch = _locked(officer, ref)
    if batch.state in {BatchState.BRINGING, BatchState.BROUGHT}:
        raise MemberError("Members were brought over from this file, so it stays as their evidence.")
    BatchRow.objects.filter(batch=batch).delete()
    batch.state = BatchState.DROPPED
    batch.save(update_fields=["state"])
    log("batch.dropped", subject=f"batch:{batch.ref}", actor=officer.as_actor())
    return batch


def _locked(officer: Officer, ref: str) -> Batch:
    batch = brought_queries.get_batch(officer=officer, ref=ref)
    return Batch.objects.select_for_update(of=("self",), no_key=True).select_related("organisation").get(pk=batch.pk)


# ---------------------------------------------------------------- trying out


def try_out(*, batch_ref: str) -> dict[RowOutcome, int]:
    """Find out what would happen with each row; nothing but the rows of the file is changed. Logged as `batch.tried`.

    Safe to run again after it was killed: it begins anew.
    """
    batch = Batch.objects.select_related("organisation").get(ref=batch_ref)
    counts: dict[RowOutcome, int] = {}
    with _alone(batch) as alone:
        if not alone or batch.state != BatchState.TRYING:
            return counts
        reading = replace(reading_of(batch.mapping), separator=batch.mapping.get("separator", ","))
        seen: dict[int, int] = {}
        after = 0
        while rows := list(BatchRow.objects.filter(batch=batch, number__gt=after).order_by("number")[:CHUNK]):
            verdicts = _judged(batch, rows, reading, seen)
            _keep(verdicts)
            for verdict in verdicts:
                counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
            after = rows[-1].number
        with transaction.atomic():
            if Batch.objects.filter(pk=batch.pk, state=BatchState.TRYING).update(state=BatchState.TRIED):
                facts = {outcome.value: many for outcome, many in counts.items()}
                log("batch.tried", subject=f"batch:{batch.ref}", outcomes=facts)
    return counts


@contextmanager
def _alone(batch: Batch) -> Iterator[bool]:
    """Say whether nobody else works on this file; when a worker dies, its lock goes with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 6))", [batch.ref])
        alone = bool(cursor.fetchone()[0])
        if alone:
            batch.refresh_from_db(fields=["state", "mapping"])
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 6))", [batch.ref])


def _judged(batch: Batch, rows: Sequence[BatchRow], reading: Reading, seen: dict[int, int]) -> list[_Verdict]:
    """Say what would happen with these rows now; `seen` remembers who stands earlier in the file."""
    read: list[tuple[BatchRow, Read]] = []
    verdicts: dict[int, _Verdict] = {}
    for row in rows:
        try:
            read.append((row, read_row(row.raw, reading)))
        except RowError as refusal:
            verdicts[row.number] = _Verdict(row, RowOutcome.REFUSED, str(refusal))
    placed = _placed(read)
    known, stopped = _known(read), _stopped(read, batch.organisation_id)
    today = timezone.localdate(clock.now())
    for place, (row, one) in enumerate(read):
        point = placed[place]
        if isinstance(point, str):
            verdicts[row.number] = _Verdict(row, RowOutcome.REFUSED, point)
            continue
        verdicts[row.number] = _one(row, replace(one, point=point), reading, known.get(place), stopped, place, today)
    return [_once(verdicts[row.number], seen) for row in rows]


def _one(
    row: BatchRow,
    read: Read,
    reading: Reading,
    known: tuple[str, bool] | None,
    stopped: Mapping[int, set[tuple[Channel, str]]],
    place: int,
    today: dt.date,
) -> _Verdict:
    said = list(read.said)
    if known and not known[1]:
        return _Verdict(row, RowOutcome.KNOWN, f"Is a member already, {known[0]}: nothing is changed.")
    if known:
        return _Verdict(row, RowOutcome.STOPPED, f"Was a member, {known[0]}, and left us.")
    left = tuple(contact for contact in read.contacts if contact not in stopped.get(place, set()))
    if not left:
        return _Verdict(row, RowOutcome.STOPPED, "Asked us to stop at every number and address in this row.")
    if len(left) < len(read.contacts):
        said.append("One way is left out: they asked us to stop there.")
    judged = judge(replace(read, contacts=left), reading, today=today)
    left = tuple(contact for contact in left if contact[0] not in judged.left_out)
    if not left:
        return _Verdict(row, RowOutcome.STOPPED, "Said no in the other system, so they stay there.")
    if judged.left_out:
        ways = " and ".join(channel.within for channel in judged.left_out)
        said.append(f"They said no to {ways}, so that is left out.")
    read = replace(read, contacts=left)
    if judged.stands:
        return _Verdict(row, RowOutcome.JOINS, " ".join(said)[:300], read, judged.stands)
    if not any(channel in {Channel.SMS, Channel.EMAIL} for channel, _ in left):
        said.append("Has no way to be asked by a message: somebody must ring or call.")
    return _Verdict(row, RowOutcome.ASKS, " ".join([judged.why, *said])[:300], read)


def _once(verdict: _Verdict, seen: dict[int, int]) -> _Verdict:
    if verdict.read is None:
        return verdict
    name = verdict.read.name.casefold()
    keys = [hash((name, address)) for _, address in verdict.read.contacts]
    first = next((seen[key] for key in keys if key in seen), None)
    if first is not None and first != verdict.row.number:
        return _Verdict(verdict.row, RowOutcome.TWICE, f"Is the same person as line {first}.")
    for key in keys:
        seen[key] = verdict.row.number
    return verdict


def _placed(read: Sequence[tuple[BatchRow, Read]]) -> list[Point | str]:
    """Return where each is, or why nobody can tell."""
    codes = {one.postcode for _, one in read if one.postcode and one.point is None}
    points = dict(Postcode.objects.filter(code__in=codes).values_list("code", "point"))
    found = [one.point or points.get(one.postcode) for _, one in read]
    known = [place for place, point in enumerate(found) if point is not None]
    inside = area_of_each(
        kind=AreaKind.FORCE,
        lons=[found[place].lon for place in known],  # type: ignore[union-attr]
        lats=[found[place].lat for place in known],  # type: ignore[union-attr]
    )
    placed: list[Point | str] = [point or "No such postcode is loaded: check it." for point in found]
    for place, area in zip(known, inside, strict=True):
        if not area:
            placed[place] = "The place lies outside the force: pass them on to the force there."
    return placed


def _known(read: Sequence[tuple[BatchRow, Read]]) -> dict[int, tuple[str, bool]]:
    """Return who is a member already, or was: same name, and a number or address."""
    each = [(place, one.name.lower(), address) for place, (_, one) in enumerate(read) for _, address in one.contacts]
    found: dict[int, tuple[str, bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(column) for column in zip(*each, strict=True)] or [[], [], []])
        for place, ref, has_left in cursor.fetchall():
            found.setdefault(place, (ref, has_left))
    return found


def _stopped(read: Sequence[tuple[BatchRow, Read]], organisation_id: int) -> dict[int, set[tuple[Channel, str]]]:
    each = [(place, channel.value, address) for place, (_, one) in enumerate(read) for channel, address in one.contacts]
    found: dict[int, set[tuple[Channel, str]]] = {}
    with connection.cursor() as cursor:
        columns: list[list[object]] = [list(column) for column in zip(*each, strict=True)] or [[], [], []]
        cursor.execute(_STOPPED, [*columns, str(organisation_id)])
        for place, channel, address in cursor.fetchall():
            found.setdefault(place, set()).add((Channel(channel), address))
    return found


def _keep(verdicts: Sequence[_Verdict]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_batchrow AS row SET outcome = new.outcome, why = new.why"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new(id, outcome, why) WHERE row.id = new.id",
            [
                [verdict.row.pk for verdict in verdicts],
                [verdict.outcome.value for verdict in verdicts],
                [verdict.why[:300] for verdict in verdicts],
            ],
        )


# ---------------------------------------------------------------- bringing over


def bring_over(*, batch_ref: str, most: int | None = None) -> int:
    """Bring the members of a file over, some hundreds at a time; return how many. Logged as `batch.brought`.

    Whoever joined or stopped since the trial is looked at again. Killed in the middle, it goes on where it was.
    """
    batch = Batch.objects.select_related("organisation").get(ref=batch_ref)
    brought = 0
    with _alone(batch) as alone:
        if not alone or batch.state != BatchState.BRINGING:
            return 0
        reading = replace(reading_of(batch.mapping), separator=batch.mapping.get("separator", ","))
        after = 0
        while most is None or brought < most:
            done, after = _bring_some(batch, reading, after)
            if not after:
                _finish(batch)
                break
            brought += done
    return brought


@transaction.atomic
def _bring_some(batch: Batch, reading: Reading, after: int) -> tuple[int, int]:
    """Bring the next rows below a line over in one go, all or none; return how many, and the last line or 0."""
    waiting = BatchRow.objects.select_for_update(no_key=True).filter(batch=batch, member=None, number__gt=after)
    waiting = waiting.filter(outcome__in=(RowOutcome.JOINS, RowOutcome.ASKS)).order_by("number")
    rows = list(waiting[:AT_A_TIME])
    if not rows:
        return 0, 0
    verdicts = _judged(batch, rows, reading, {})
    _keep(verdicts)
    joining = [(verdict, verdict.read) for verdict in verdicts if verdict.read is not None]
    with refreshed_once(new=True) as new:
        new.extend(_write(batch, reading, joining))
    return len(joining), rows[-1].number


def _write(batch: Batch, reading: Reading, joining: Sequence[tuple[_Verdict, Read]]) -> list[int]:
    """Write these people with everything of theirs, table by table, and return their ids."""
    now = clock.now()
    ids = _new_ids(len(joining))
    each = [(pk, verdict.row.number, verdict.stands, read) for pk, (verdict, read) in zip(ids, joining, strict=True)]
    days = {pk: (_moment(read.joined_on) or now, _moment(read.agreed_on) or now) for pk, _, _, read in each}
    _copy(
        "member (id, ref, name, state, tier, language, reading, joined_at, page_token, note)",
        (
            (
                *(pk, new_long_ref(), read.name, MemberState.ACTIVE, Tier.MEMBER, Language.ENGLISH),
                *(AsRead.ORDINARY, days[pk][0], new_token(), read.note),
            )
            for pk, _, _, read in each
        ),
    )
    _copy(
        "memberplace (member_id, use, name, postcode, point)",
        (
            (
                *(pk, PlaceUse.FARM if "farm" in read.place_name.lower() else PlaceUse.HOME, read.place_name),
                *(read.postcode, f"({read.point[0]!r},{read.point[1]!r})"),
            )
            for pk, _, _, read in each
            if read.point is not None
        ),
    )
    _copy(
        "contactpoint (member_id, channel, address, rank, confirmed_at, shared)",
        (
            (pk, channel, address, rank, now, False)
            for pk, _, _, read in each
            for rank, (channel, address) in enumerate(read.contacts, start=1)
        ),
    )
    _copy(
        "consent (member_id, organisation_id, purpose, channel, wording, how, taken_by, given_at, evidence,"
        " withdrawn_by)",
        (
            (
                *(pk, batch.organisation_id, purpose, channel, IMPORT_WORDING, ConsentHow.IMPORT, f"batch:{batch.ref}"),
                *(days[pk][1], evidence(file=batch.name, line=line, read=read), ""),
            )
            for pk, line, stands, read in each
            for channel in stands
            for purpose in reading.purposes
        ),
    )
    _write_groups(reading, [(pk, days[pk][0], read) for pk, _, _, read in each])
    # Where the file proves an agreement it proves this one too; who is asked again is asked for it then.
    hear_from(
        member_ids=ids,
        how=ConsentHow.IMPORT,
        taken_by=f"batch:{batch.ref}",
        as_proved=True,
        quiet=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_batchrow AS row SET member_id = new.member"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS new(id, member) WHERE row.id = new.id",
            [[verdict.row.pk for verdict, _ in joining], ids],
        )
    return ids


def _new_ids(many: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('members_member', 'id')) FROM generate_series(1, %s)", [many]
        )
        return [pk for (pk,) in cursor.fetchall()]


def _write_groups(reading: Reading, each: Sequence[tuple[int, dt.datetime, Read]]) -> None:
    schemes, topics = reading.words.get("groups", {}), reading.words.get("interests", {})
    _copy(
        "membership (member_id, scheme_id, role, state, joined_at)",
        (
            (pk, scheme, SchemeRole.MEMBER, MembershipState.IN, joined_at)
            for pk, joined_at, read in each
            for scheme in _chosen(schemes, read.groups)
        ),
    )
    _copy(
        "interest (member_id, topic_id)",
        ((pk, topic) for pk, _, read in each for topic in _chosen(topics, read.interests)),
    )


def _copy(into: str, rows: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY members_{into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _chosen(words: Mapping[str, str], said: Sequence[str]) -> list[int]:
    ids = [words.get(fold(word)[:120], "") for word in said]
    return [int(one) for one in dict.fromkeys(ids) if one.isdigit()]


def _moment(day: dt.date | None) -> dt.datetime | None:
    """Return noon of a day that is not to come: at midnight a change of the clock would make it another day."""
    if day is None or day > timezone.localdate(clock.now()):
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@transaction.atomic
def _finish(batch: Batch) -> None:
    if Batch.objects.filter(pk=batch.pk, state=BatchState.BRINGING).update(
        state=BatchState.BROUGHT, brought_at=clock.now()
    ):
        counts = brought_queries.count_rows(batch=batch)
        facts = {outcome.value: many for outcome, many in counts.items()}
        with connection.cursor() as cursor:
            for table in ("member", "memberplace", "contactpoint", "consent", "interest", "membership"):
                cursor.execute(f"ANALYZE members_{table}")
        log("batch.brought", subject=f"batch:{batch.ref}", outcomes=facts)


# ---------------------------------------------------------------- asking again


@transaction.atomic
def ask_again(*, officer: Officer, ref: str) -> Batch:
    """Ask those once who came without evidence whether they go on with us. Logged as `members.asked_again`.

    Raises:
        MemberError: they are not brought over yet, were asked already, or there are none.
        NotHereError: there is no such file for this officer.
    """
    batch = _locked(officer, ref)
    if batch.state != BatchState.BROUGHT:
        raise MemberError("Bring them over first.")
    if batch.asked_at is not None:
        raise MemberError("They were asked already; nobody is asked twice.")
    people = brought_queries.campaign(batch=batch).people
    if not people:
        raise MemberError("Nobody in this file came without evidence.")
    batch.asked_at = clock.now()
    batch.save(update_fields=["asked_at"])
    log("members.asked_again", subject=f"batch:{batch.ref}", actor=officer.as_actor(), people=people)
    return batch


@transaction.atomic
def say_yes(*, member_ids: Sequence[int], channel: Channel, how: ConsentHow, actor: str) -> int:
    """Write down that those of these who were asked again go on with us, by this way; return how many.

    Logged as `consent.given` for each.
    """
    many = 0
    for member, batch_ref, organisation in brought_queries.asks_of(member_ids=member_ids):
        purposes = reading_of(Batch.objects.get(ref=batch_ref).mapping).purposes
        new = agree(
            member_id=member,
            organisation_id=organisation,
            channel=channel,
            purposes=purposes,
            how=how,
            taken_by=actor,
        )
        if new:
            hear_from(member_ids=[member], how=how, taken_by=actor, as_proved=True)
        many += bool(new)
    return many


@transaction.atomic
def erase_silent() -> int:
    """Erase those who were asked again and said nothing for 90 days. Logged as `members.silent_erased` a file."""
    erased = 0
    due = Batch.objects.select_for_update(no_key=True).filter(asked_at__lt=clock.now() - SILENT_FOR).order_by("pk")
    for batch in due:
        rows = BatchRow.objects.filter(batch=batch, outcome=RowOutcome.ASKS, member__isnull=False)
        silent = list(rows.filter(member__consents__isnull=True).values_list("pk", "member"))
        many = len(silent)
        if many:
            Member.objects.filter(pk__in=[member for _, member in silent]).delete()
            # Their line of the file goes with them.
            BatchRow.objects.filter(pk__in=[row for row, _ in silent]).update(
                raw=[], why="Said nothing for 90 days, so was erased."
            )
            log("members.silent_erased", subject=f"batch:{batch.ref}", members=many)
            erased += many
    return erased
