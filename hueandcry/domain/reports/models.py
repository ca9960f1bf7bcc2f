"""What people told us."""

from typing import Any

from django.db import models

from hueandcry.domain.reports.rules import Reading, State
from hueandcry.kit.refs import new_ref


class Report(models.Model):
    """One thing that somebody told us: the words as they came, how they were read, and what was done."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref)
    inbound_ref = models.CharField(max_length=12, unique=True, help_text="messaging.Inbound that it came by.")
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

    class Meta:
        indexes = [models.Index(fields=["state", "received_at"], name="reports_report_by_state")]
