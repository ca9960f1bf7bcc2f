"""What people told us."""

from typing import Any

from django.db import models

from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.reports.rules import OPEN, Extract, Reading, State
from hueandcry.kit.refs import new_ref


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports, as those who may read them see them."""

    def visible_to(self, officer: Officer) -> "ReportQuerySet":
        """Keep what this officer may read: their own organisation's, when a role of theirs allows reading."""
        if not officer.may(Permission.REPORT_READ):
            return self.none()
        return self.filter(organisation=officer.organisation_id)

    def still_open(self) -> "ReportQuerySet":
        """Keep those that somebody still has to end."""
        return self.filter(state__in=OPEN)

    def in_order(self) -> "ReportQuerySet":
        """Put danger first, then what nobody has read, longest waiting first, then the rest, newest first.

        The channel has no say in it (product.md: priority never depends on the channel).
        """
        danger = models.Q(reading=Reading.DANGER) & ~models.Q(state=State.CLOSED)
        waiting = danger | models.Q(state=State.NEW)
        return self.alias(
            turn=models.Case(
                models.When(danger, then=0),
                models.When(state=State.NEW, then=1),
                default=2,
                output_field=models.SmallIntegerField(),
            ),
            waited_since=models.Case(models.When(waiting, then="received_at"), output_field=models.DateTimeField()),
        ).order_by("turn", "waited_since", "-received_at", "-pk")


class Report(models.Model):
    """One thing that somebody told us: the words as they came, how they were read, and what was done."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref)
    inbound_ref = models.CharField(
        max_length=12,
        unique=True,
        null=True,
        blank=True,
        help_text="messaging.Inbound that it came by; none when it was spoken.",
    )
    written_by = models.ForeignKey(
        "organisations.Officer",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The officer who was told it, and wrote it down.",
    )
    about = models.CharField(max_length=80, blank=True, db_index=True, help_text="What it answers, e.g. alert:K7M2PQ.")
    member = models.ForeignKey("members.Member", null=True, on_delete=models.SET_NULL)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    channel = models.CharField(max_length=10)
    words = models.TextField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    reading = models.CharField(max_length=10, choices=Reading.choices)
    extract: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    read_by = models.ForeignKey("organisations.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    relayed_as = models.CharField(max_length=80, blank=True, help_text="alert:REF that was made from it.")
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "received_at"], name="reports_report_by_state")]

    @property
    def subject(self) -> str:
        """Return the reference that records keep."""
        return f"report:{self.ref}"

    @property
    def was_spoken(self) -> bool:
        """Say whether it was told to an officer, so that no message can be answered."""
        return self.inbound_ref is None

    @property
    def read_out(self) -> Extract:
        """Return what was read out of the words."""
        return Extract.from_facts(self.extract)
