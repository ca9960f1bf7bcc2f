"""What another force is told when somebody who was seen comes its way: never who told us. Pure."""

import datetime as dt
from dataclasses import dataclass, replace

from hueandcry.domain.alerts.rules.kinds import Sighting
from hueandcry.domain.alerts.rules.rings import Heading
from hueandcry.kit import cap, grid

NOT_TOLD = "not told"
# So long after the ring a hand-over still says something.
LASTS = dt.timedelta(hours=1)
# A square of a kilometre: the very spot may be the gate of whoever told us.
_DIGITS = 4


@dataclass(frozen=True)
class HandOver:
    """What is handed over, and by whom; moments in the force's own time zone.

    Attributes:
        ref: our alert's reference, by which we find it when they ring.
        first_at, last_at: between which moments it may be with them.
        by: who hands it over, as they are addressed.
        is_drill: it is an exercise, and says so first.
    """

    ours: str
    ref: str
    sighting: Sighting
    seen_at: dt.datetime
    heading: Heading | None
    first_at: dt.datetime
    last_at: dt.datetime
    by: str
    sent_at: dt.datetime
    is_drill: bool = False


def subject(given: HandOver) -> str:
    """Return the subject of a hand-over: no words of a sighting, for subjects are read on locked screens."""
    return f"{'EXERCISE ' if given.is_drill else ''}Hand-over from {given.ours}: {given.ref}"


def text(given: HandOver) -> str:
    """Return a hand-over as it is read out, copied or sent: what, where, when, which way, whose, whom to ring."""
    seen = given.sighting
    lines = [
        subject(given).replace("EXERCISE ", "EXERCISE, nothing has happened. "),
        f"What: {_line(seen.what)}",
        f"Plate as told, not checked: {_line(seen.plate)}" if seen.plate else "",
        f"Seen: {_line(seen.where)}{_square(seen)}, {given.seen_at:%A %-d %B at %H:%M} by what people say",
        f"Direction: {_way(given)}",
        f"With you perhaps: {given.first_at:%H:%M} to {given.last_at:%H:%M}",
        f"Our reference: {given.ref}",
        f"Ring: {given.by}, {given.ours}, on 101, with the reference",
        "Told by members of the public, and not checked. Who told us is not in this, and is not passed on.",
    ]
    return "\n".join(line for line in lines if line)


def letter(given: HandOver) -> str:
    """Return a hand-over as we send it by e-mail: the same without the plate, which is said when somebody rings."""
    seen = given.sighting
    plate = ["A plate was told. It does not go by e-mail: ring us for it."] if seen.plate else []
    said = text(replace(given, sighting=replace(seen, plate="")))
    return "\n".join([said, *plate, "Please ring: nobody may be there to read an answer to this e-mail.", ""])


def afterwards(*, ref: str, ours: str, happened: str, is_drill: bool) -> tuple[str, str]:
    """Return the subject and the words by which another force hears what became of what it was handed."""
    drill = ("EXERCISE ", "EXERCISE, nothing has happened. ") if is_drill else ("", "")
    lines = [f"What {ours} handed over to you under {ref}:", _line(happened), f"Ring {ours} on 101, with {ref}.", ""]
    return f"{drill[0]}About our hand-over from {ours}: {ref}", drill[1] + "\n".join(lines)


def as_cap(
    given: HandOver, *, sender: str, to: str, polygons: tuple[tuple[tuple[float, float], ...], ...], is_test: bool
) -> cap.Message:
    """Return a hand-over as a CAP message for one other force: restricted, and never an order to anybody."""
    seen = given.sighting
    return cap.Message(
        identifier=f"{given.ref}-H{given.first_at:%Y%m%d%H%M%S}",
        sender=sender,
        sent=given.sent_at,
        status="Exercise" if given.is_drill else "Test" if is_test else "Actual",
        kind="Alert",
        scope="Restricted",
        note=f"OFFICIAL. For {to}; not for the public.",
        infos=(
            cap.Info(
                event="Hand-over between police forces",
                categories=("Security",),
                responses=("Assess",),
                urgency="Immediate",
                severity="Minor",
                certainty="Possible",
                effective=given.sent_at,
                onset=given.first_at,
                expires=given.last_at + LASTS,
                sender_name=given.ours,
                headline=subject(given),
                description=text(given),
                contact=f"101, {given.ours}, {given.ref}",
                areas=(cap.Area(_line(seen.where) or given.ours, polygons),),
            ),
        ),
    )


def _way(given: HandOver) -> str:
    told = _line(given.sighting.direction)
    if told:
        return told
    return given.heading.words if given.heading else NOT_TOLD


def _square(seen: Sighting) -> str:
    if seen.point is None:
        return ""
    try:
        square = grid.format(*grid.to_grid(*seen.point), digits=_DIGITS)
    except (grid.GridError, ValueError):
        return ""
    return " (a square of a kilometre)" if square in seen.where else f", {square} (a square of a kilometre)"


def _line(words: str) -> str:
    """Return words as one line, so that nobody writes a line of ours."""
    return " ".join(words.split())
