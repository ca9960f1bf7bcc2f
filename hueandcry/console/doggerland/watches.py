"""The last weeks of a watch scheme: its phone tree, two groups elsewhere, a note that went and one that waits."""

import datetime as dt
from itertools import islice

from hueandcry.console.doggerland.past import Past
from hueandcry.domain.alerts.actions import notes
from hueandcry.domain.alerts.queries.schemes import notes_waiting
from hueandcry.domain.members import queries
from hueandcry.domain.members.actions import bridges, schemes
from hueandcry.domain.members.queries import schemes as questions
from hueandcry.domain.members.rules import Channel, PartLine, Purpose
from hueandcry.domain.members.rules.schemes import LEADS
from hueandcry.domain.organisations.queries import Officer

GROUPS = (("Market farmers (WhatsApp)", 85), ("Lambing chat (WhatsApp)", 140))
SENT = "Please check the locks of your fuel tanks."
WAITS = "We meet on Thursday at seven in the hall."
# Who a message of ours reaches by itself is not rung; so many of the others agreed to be.
MOST_RUNG = 8
A_DAY = dt.timedelta(days=1)
TEN = dt.timedelta(hours=10)
ELEVEN = dt.timedelta(hours=11)


def put(past: Past, *, name: str, reader: Officer, start: dt.datetime) -> None:
    """Put the last weeks of this scheme into the calendar."""
    today = past.end.replace(hour=0, minute=0, second=0, microsecond=0)
    if today - 21 * A_DAY < start:
        return  # a past that is too short for it
    past.at(today - 20 * A_DAY + TEN, lambda: _begin(name))
    past.at(today - 6 * A_DAY + TEN, lambda: _write(name, SENT))
    past.at(today - 6 * A_DAY + ELEVEN, lambda: _pass(reader))
    past.at(today - A_DAY + ELEVEN, lambda: _write(name, WAITS))


def _begin(name: str) -> None:
    """Name who rings and who is rung, and let both who run it carry alerts to a group of theirs."""
    scheme_id, parts = _parts(name)
    for line in parts:
        if line.role in LEADS:
            _share(scheme_id, line, in_tree=False, rings=True)
    by_voice = (line for line in parts if line.role not in LEADS and _by_voice_alone(line))
    for line in islice(by_voice, MOST_RUNG):
        _share(scheme_id, line, in_tree=True, rings=False)
    for line, (group, people) in zip((one for one in parts if one.role in LEADS), GROUPS, strict=False):
        bridges.open_bridge(member_id=line.member_id, name=group, people=people, scheme_id=scheme_id)


def _by_voice_alone(line: PartLine) -> bool:
    """Say whether somebody has a landline and nothing else: a call in working hours does not find a farmer."""
    seen = queries.detail(member_id=line.member_id)
    return {contact.channel for contact in seen.contacts} == {Channel.VOICE}


def _share(scheme_id: int, line: PartLine, *, in_tree: bool, rings: bool) -> None:
    schemes.share(
        scheme_id=scheme_id,
        member_ref=line.member_ref,
        named=True,
        in_tree=in_tree,
        rings=rings,
        actor=f"member:{line.member_ref}",
    )


def _write(name: str, text: str) -> None:
    scheme = questions.scheme_named(name=name)
    lead = questions.parts(scheme_id=scheme.pk)[0]
    notes.write_note(member_id=lead.member_id, scheme_ref=scheme.ref, purpose=Purpose.ADVICE, text=text)


def _pass(reader: Officer) -> None:
    for note in notes_waiting(officer=reader):
        notes.pass_note(officer=reader, note_ref=note.ref)


def _parts(name: str) -> tuple[int, list[PartLine]]:
    scheme = questions.scheme_named(name=name)
    return scheme.pk, questions.parts(scheme_id=scheme.pk)
