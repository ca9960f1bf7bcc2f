"""What an alert that is being written would say, to whom it would go, what it would cost: before anything is kept."""

from dataclasses import dataclass, replace

from django.utils import timezone

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.queries import agreeing, costing, foreseeing
from hueandcry.domain.alerts.rules import AlertError, Facts, Finding, Preview
from hueandcry.domain.alerts.rules.canaries import OurLines
from hueandcry.domain.alerts.rules.checks import ways_of
from hueandcry.domain.alerts.rules.kinds import PRIORITIES, Suspect
from hueandcry.domain.alerts.rules.proposing import Pressed, is_night, propose
from hueandcry.domain.alerts.rules.reach import Content
from hueandcry.domain.alerts.rules.written import Written
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries.audience import foresee
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, Channel, Foreseen, Purpose
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.queries.choosing import by_what_worked
from hueandcry.domain.messaging.queries.forecasts import forecast
from hueandcry.domain.messaging.rules.budget import LANE_OF, can_be_held
from hueandcry.domain.messaging.rules.costs import Forecast
from hueandcry.domain.messaging.rules.life import MessageKind
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Cover
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock


@dataclass(frozen=True)
class Foresight:
    """What would happen if it were released now.

    Attributes:
        described: who is meant, in words.
        night: it is late, so it goes less far and sleepers are counted.
        approvals: how many other officers must agree; None where no row lets this officer send it.
        refusal: why nobody can be counted; empty when they are.
    """

    preview: Preview
    findings: tuple[Finding, ...]
    question: AudienceQuestion | None
    described: str
    foreseen: Foreseen | None
    costs: Forecast | None
    night: bool
    approvals: int | None
    refusal: str = ""

    @property
    def members(self) -> int:
        """Return how many are meant."""
        return self.foreseen.count.members if self.foreseen else 0

    @property
    def may_go(self) -> bool:
        """Say whether nothing refuses it."""
        refused = any(finding.severity == rules.Severity.REFUSE for finding in self.findings)
        return bool(self.members) and not refused and not self.refusal

    @property
    def hear_now(self) -> int:
        """Return how many would be reached at this hour."""
        return len(self.foreseen.reached) - self.foreseen.asleep if self.foreseen else 0


def whole_force() -> tuple[int, ...]:
    """Return the areas that are the whole force, for what concerns everybody."""
    return tuple(line.id for line in places.areas(kind=AreaKind.FORCE))


def proposed(*, written: Written, officer: Officer, pressed: Pressed) -> AudienceQuestion:
    """Return whom a template proposes, as the alert would ask it."""
    return propose(
        written.template,
        written.answers,
        written.scene,
        organisation_id=officer.organisation_id,
        now=timezone.localtime(clock.now()),
        pressed=pressed,
    )


def facts_of(*, written: Written, officer: Officer, suspect: Suspect | None, question: AudienceQuestion) -> Facts:
    """Return what the send check needs to know of what is being written."""
    return Facts(
        words=written.words,
        occurred_at=written.occurred_at,
        expires_at=written.expires_at,
        has_audience=True,
        level=written.level,
        invites_answers=written.template.invites_answers,
        now=clock.now(),
        signs_as=officer.organisation.signs_as,
        suspect=suspect,
        template=written.template.key,
        urgency=written.urgency,
        cover=_cover(officer),
        lines=OurLines(plain=written.is_plain, shorter=written.shorter, tongues=written.tongues),
        marking=written.marking,
        ground=foreseeing.ground(question=question, point=written.where.point),
        seeks=written.template.seeks,
        asks_when=written.template.asks_when,
    )


def foresight(
    *, written: Written, officer: Officer, question: AudienceQuestion, suspect: Suspect | None = None
) -> Foresight:
    """Return what an alert that is being written would do, in a few queries however many it is for."""
    ways = ways_of(question.channels, level=written.level, template=written.template.key)
    question = replace(question, purpose=Purpose.ALERT, priority=PRIORITIES[written.urgency], channels=ways)
    facts = facts_of(written=written, officer=officer, suspect=suspect, question=question)
    preview = queries.preview_of(facts=facts)
    night = is_night(timezone.localtime(clock.now()))
    try:
        found = foresee(question=question, chosen=lambda meant: by_what_worked(meant=meant))
        described = members.describe(question=question)
    except AudienceError as refusal:
        return Foresight(preview, tuple(rules.check(facts)), None, "", None, None, night, None, refusal=str(refusal))
    facts = replace(facts, members=found.count.members)
    if can_be_held(kind=MessageKind.ALERT, priority=question.priority):
        budget = messaging.budget_for(
            member_ids=found.reached, priority=question.priority, expires_at=written.expires_at
        )
        facts = replace(facts, budget=budget)
    findings = tuple(rules.check(facts))
    return Foresight(
        preview=preview,
        findings=findings,
        question=question,
        described=described,
        foreseen=found,
        costs=forecast(
            by_channel=found.count.by_channel,
            parts=preview.parts,
            others=costing.others(preview=preview, question=question) if Channel.SMS in found.count.by_channel else {},
            lane=LANE_OF[question.priority],
            priority=question.priority,
            organisation_id=officer.organisation_id,
        ),
        night=night,
        approvals=_approvals(written, officer, found.count.members, findings, suspect),
        refusal="" if found.count.members else queries.FIND_SOMEBODY,
    )


def _approvals(
    written: Written, officer: Officer, many: int, findings: tuple[Finding, ...], suspect: Suspect | None
) -> int | None:
    content = Content(
        findings=frozenset(finding.code for finding in findings),
        marking=written.marking,
        suspect=suspect or Suspect.UNASKED,
    )
    try:
        row = agreeing.row_for_officer(
            officer=officer, level=written.level, urgency=written.urgency, members=many, content=content
        )
    except AlertError:
        return None
    return row.approvals


def _cover(officer: Officer) -> Cover:
    found = organisations.cover(organisation_id=officer.organisation_id)
    return replace(
        found,
        next_at=timezone.localtime(found.next_at) if found.next_at else None,
        until=timezone.localtime(found.until) if found.until else None,
    )
