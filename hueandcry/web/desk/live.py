"""How one alert goes out, while it does: for a wall screen, a phone, a spreadsheet. Counts only, never who."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.actions.watching import note_watching
from hueandcry.domain.alerts.queries.going import figures_of, followed
from hueandcry.domain.alerts.rules import RUNNING, AlertError, State
from hueandcry.domain.members.queries.audience import why_not
from hueandcry.domain.members.rules import AudienceError
from hueandcry.domain.messaging.queries.figures import FollowUp
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.figures import SMALLEST_SHOWN, AreaCount, Figures
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.reports import queries as reports
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.text import for_spreadsheet
from hueandcry.web.desk.audience import REMEDIES
from hueandcry.web.parts import streams
from hueandcry.web.parts.charts import Chart, chart, span
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.labels import clock_time, moment

KINDS = (AreaKind.WARD, AreaKind.PARISH, AreaKind.DISTRICT)
# Those that lack it most; the map and the file have all.
MOST_AREAS = 30
NEWEST = 5
FINE_M, COARSE_M, MANY = 40, 200, 100
# What changes while somebody looks, each a template of its own.
PARTS = ("totals", "channels", "curve", "lacking", "answers", "areas")
COLUMNS: tuple[tuple[str, tuple[DeliveryState, ...]], ...] = (
    ("Queued", (DeliveryState.QUEUED, DeliveryState.LEASED)),
    ("To be printed", (DeliveryState.TO_PRINT,)),
    ("Handed over", (DeliveryState.ACCEPTED,)),
    ("Delivered", (DeliveryState.DELIVERED,)),
    ("Seen or answered", (DeliveryState.SEEN,)),
    ("In a digest", (DeliveryState.BUNDLED,)),
    ("Kept for a digest", (DeliveryState.HELD,)),
    ("Failed", (DeliveryState.FAILED, DeliveryState.BOUNCED)),
    ("Perhaps sent", (DeliveryState.UNCERTAIN,)),
    ("Too late", (DeliveryState.EXPIRED,)),
    ("Stopped", (DeliveryState.STOPPED, DeliveryState.CANCELLED)),
)
# By which way they did, who are not all members.
ANSWERED = "Answered"
WHAT_FOLLOWED = {
    MessageKind.CORRECTION: "the correction",
    MessageKind.STAND_DOWN: "the stand-down",
    MessageKind.ENDING: "what came of it",
}
FEW = f"under {SMALLEST_SHOWN}"


@dataclass(frozen=True)
class Lacking:
    """Some who have not got it: how many, why, what comes of it or what to do, and where."""

    number: int
    why: str
    do: str
    link: str = ""
    link_words: str = ""


# ---------------------------------------------------------------- screens


@require_safe
@never_cache
@needs(Permission.ALERT_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show how one alert, or what followed it, goes out: by channel, by area, over time, who lacks it, the answers."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    note_watching(alert=alert, officer=request.user)
    kinds = _kinds()
    by, of = _by(request, kinds), _of(request, alert)
    context = {
        **context_of(request.user, ref, by, of),
        "kinds": kinds,
        "followed": [(WHAT_FOLLOWED[one.kind], one) for one in followed(alert=alert)],
        "no_way": [] if of else _no_way(alert),
    }
    return render(request, "desk/alerts/live.html", context)


@require_safe
@never_cache
@needs(Permission.ALERT_READ)
def parts(request: DeskRequest, ref: str) -> HttpResponse:
    """Give what changes on that page, for browsers that cannot be told by themselves."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return JsonResponse(parts_of(request.user, ref, _by(request, _kinds()), _of(request, alert)))


@require_safe
@needs(Permission.ALERT_READ)
def stream(request: DeskRequest, ref: str) -> HttpResponse:
    """Tell the page by itself what changes, at most once a second, as long as the officer is signed in."""
    officer = request.user
    by, of = _by(request, _kinds()), _of(request, queries.get_alert(officer=officer, ref=ref))
    rights = [officer.may(one) for one in (Permission.REPORT_READ, Permission.SENDING_READ)]
    key = (ref, by, of, officer.organisation_id, *rights)
    return streams.stream(request, key=key, ask=lambda: parts_of(officer, ref, by, of))


@require_safe
@needs(Permission.ALERT_READ)
def areas(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the outlines of the areas with how dark each is, as GeoJSON."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    sees_small = _sees_small(request.user)
    found = figures_of(alert=alert, by=_by(request, _kinds()), small=sees_small, of=_ref(_of(request, alert)))
    shades = {area.area_id: area.shade for area in found.areas if area.area_id}
    outlines = places.boundary_geojson(area_ids=sorted(shades), simplify_m=FINE_M if len(shades) <= MANY else COARSE_M)
    for feature in outlines["features"]:
        feature["properties"]["shade"] = shades[feature["properties"]["id"]]
    return JsonResponse(outlines)


@require_safe
@needs(Permission.ALERT_READ)
def sheet(request: DeskRequest, ref: str, what: str) -> HttpResponse:
    """Give the figures by channel, by area or over time as a file for a spreadsheet; no area tells of few."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    if what not in FILES:
        raise NotHereError(f"file:{what}")
    of = _of(request, alert)
    found = figures_of(alert=alert, by=_by(request, _kinds()), of=_ref(of))
    note_watching(alert=alert, officer=request.user, as_file=what)
    rows = FILES[what](found)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"{of.kind.replace('_', '-')}-of-{alert.ref}" if of else alert.ref
    response["Content-Disposition"] = f'attachment; filename="alert-{name}-{what}.csv"'
    response.write("\ufeff")  # or else a spreadsheet takes it for something older
    csv.writer(response).writerows(rows)
    return response


# ---------------------------------------------------------------- what is shown


def context_of(
    officer: Any,  # noqa: ANN401 - screens know no tables
    ref: str,
    by: AreaKind | None,
    of: FollowUp | None = None,
) -> dict[str, Any]:
    """Return everything that changes while somebody looks, as the templates of the parts show it."""
    alert = queries.get_alert(officer=officer, ref=ref)
    found = figures_of(alert=alert, by=by, small=_sees_small(officer), of=_ref(of))
    about = f"alert:{ref}"
    # What people answer is read as answers to the alert.
    may_read = officer.may(Permission.REPORT_READ) and of is None
    counted = reports.tally(about=about) if may_read else {}
    columns = [(head, states) for head, states in COLUMNS if found.count(states)]
    return {
        "alert": alert,
        "figures": found,
        "is_running": State(alert.state) in RUNNING or of is not None,
        "of": of,
        "of_ref": _ref(of),
        "what": WHAT_FOLLOWED[of.kind] if of else "",
        "by": by,
        "few": FEW,
        "by_channel": _by_channel(found, columns),
        "totals": [(head, found.count(states)) for head, states in columns],
        "chart": _chart(found),
        "moments": [(span(one.seconds), one) for one in found.moments],
        "listed": found.areas[:MOST_AREAS],
        "more": max(len(found.areas) - MOST_AREAS, 0),
        "shades": json.dumps({area.area_id: area.shade for area in found.areas if area.area_id}),
        "lacking": lacking(found, ref=ref, may_decide=officer.may(Permission.SENDING_READ)),
        "may_read_reports": may_read,
        "tally": [(reading.label, number) for reading, number in counted.items() if number],
        "newest": reports.inbox(officer=officer, about=about, most=NEWEST) if may_read else [],
    }


def parts_of(
    officer: Any,  # noqa: ANN401 - as above
    ref: str,
    by: AreaKind | None,
    of: FollowUp | None = None,
) -> dict[str, str]:
    """Return each part as HTML, and the sentence that a reader of screens hears."""
    context = context_of(officer, ref, by, of)
    made = {part: render_to_string(f"desk/alerts/live/_{part}.html", context) for part in PARTS}
    return {**made, "shades": context["shades"], "said": said(context["figures"])}


def said(found: Figures) -> str:
    """Say in one sentence where it stands."""
    return (
        f"Of {found.people:,} people, {found.got:,} have it handed over or further, "
        f"{found.arrived:,} delivered, {found.answered:,} answered."
    )


def lacking(found: Figures, *, ref: str = "", may_decide: bool = False) -> list[Lacking]:
    """Say who has not got it yet, why, and what to do about it; what a person must do comes first."""
    lacks = found.not_yet
    rung = (
        f" Who is not heard of is tried another way from about {clock_time(lacks.next_rung_at)}."
        if lacks.next_rung_at
        else ""
    )
    lines = [
        Lacking(
            lacks.uncertain,
            "Perhaps sent, nobody knows",
            "A person decides whether they get it again.",
            reverse("desk:sending:page") if may_decide else "",
            "Decide",
        ),
        Lacking(lacks.failed, "It could not be delivered", "Ring them, or ask their coordinator to pass it on."),
        Lacking(
            lacks.bounced,
            "Their number or address is not in use",
            "They are asked by another way; who has none, at the next visit.",
        ),
        Lacking(
            lacks.to_print,
            "Only post reaches them",
            "Print their letters and send somebody.",
            reverse("desk:alerts:print", args=[ref]) if ref else "",
            "Print",
        ),
        Lacking(lacks.slept, "Asleep until after it ends", "They do not get it: a printed sheet or a coordinator."),
        Lacking(lacks.overfull, "Had enough this week, and it ended before their digest", "They do not get it."),
        Lacking(lacks.too_late, "It was too late to send", "They do not get it: a printed sheet or a coordinator."),
        Lacking(
            lacks.on_its_way,
            "On its way",
            "Paused: it goes when somebody lets it go on." if found.is_paused else "Nothing to do.",
        ),
        Lacking(
            lacks.again,
            "Did not go at first",
            "It is tried again by itself" + (f", first at {clock_time(lacks.again_at)}." if lacks.again_at else "."),
        ),
        Lacking(
            lacks.asleep,
            "Asleep",
            "It goes by itself when their hours begin"
            + (f", the first {moment(lacks.wakes_at)}." if lacks.wakes_at else "."),
        ),
        Lacking(lacks.held, "Had enough this week", "They get it in their next digest."),
        Lacking(lacks.silent, "Handed over, no word that it arrived", f"Most have it: not all providers say so.{rung}"),
        Lacking(lacks.stopped, "Asked us to stop", "They chose so: never message them."),
        Lacking(lacks.cancelled, "Taken back before it was sent", "Nothing to do."),
    ]
    return [line for line in lines if line.number]


def _by_channel(
    found: Figures, columns: Sequence[tuple[str, tuple[DeliveryState, ...]]]
) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return a line for each place where people stand: there are more of these than channels, and a page is narrow."""
    lines = [
        (head, [(channel.label, sum(states.get(one, 0) for one in wanted)) for channel, states, _ in found.channels])
        for head, wanted in columns
    ]
    answered = [(channel.label, many) for channel, _, many in found.channels]
    return [*lines, (ANSWERED, answered)] if answered else []


def _chart(found: Figures) -> Chart | None:
    return chart(
        seconds=[one.seconds for one in found.curve],
        lines=[
            ("Handed over", "handed", [one.handed for one in found.curve]),
            ("Delivered", "delivered", [one.delivered for one in found.curve]),
            ("Answered", "answered", [one.answered for one in found.curve]),
        ],
    )


def _no_way(alert: Any) -> list[Lacking]:  # noqa: ANN401 - as above
    """Return who lives there and is reached by no way at all, as of today."""
    if alert.released_at is None:
        return []
    try:
        lost = why_not(question=queries.meant(alert=alert))
    except (AlertError, AudienceError):
        return []
    return [Lacking(many, why.label, REMEDIES[why]) for why, many in lost.items() if many]


def _sees_small(officer: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether counts of few are shown: to the force itself, whose members they are."""
    return bool(officer.organisation.kind == OrganisationKind.FORCE)


def _kinds() -> list[AreaKind]:
    loaded = {name.partition(" ")[0] for name, number in places.count_places().items() if number and " " in name}
    return [kind for kind in KINDS if kind.value in loaded]


def _by(request: DeskRequest, kinds: Sequence[AreaKind]) -> AreaKind | None:
    """Return the kind of areas that is asked for; the first that is loaded when none is, or nonsense."""
    return next((kind for kind in kinds if kind.value == request.GET.get("by")), kinds[0] if kinds else None)


def _of(request: DeskRequest, alert: Any) -> FollowUp | None:  # noqa: ANN401 - as above
    """Return which of what followed the alert is asked for; none is the alert itself, and so is nonsense."""
    return next((one for one in followed(alert=alert) if one.ref == request.GET.get("of")), None)


def _ref(of: FollowUp | None) -> str:
    return of.ref if of else ""


# ---------------------------------------------------------------- files


def channel_rows(found: Figures) -> Iterable[Sequence[object]]:
    """Return the table of channels: one row each, one column for each state."""
    yield ["channel", *(state.value for state in DeliveryState), "answered"]
    for channel, states, answered in found.channels:
        yield [channel.value, *(states.get(state, 0) for state in DeliveryState), answered]


def area_rows(found: Figures) -> Iterable[Sequence[object]]:
    """Return the table of areas, small counts said to be small."""
    yield ["code", "name", "people", "waiting", "reached", "delivered", "seen", "answered", "not reached"]
    for area in found.areas:
        yield [for_spreadsheet(area.code), for_spreadsheet(area.name), *_shown(area)]


def _shown(area: AreaCount) -> list[object]:
    counts = (area.people, area.waiting, area.got, area.delivered, area.seen, area.answered, area.never)
    return [f"{FEW}, or hides one that is" if count is None else count for count in counts]


def curve_rows(found: Figures) -> Iterable[Sequence[object]]:
    """Return how many had it so many seconds after the release."""
    yield ["seconds", "handed over", "delivered", "answered"]
    for one in found.curve:
        yield [round(one.seconds, 1), one.handed, one.delivered, one.answered]


FILES = {"channels": channel_rows, "areas": area_rows, "curve": curve_rows}
