"""Members brought over from other systems, row by row; people who stand here twice, and how they were joined."""

from typing import Any

from django.db import models

from hueandcry.domain.members.models.people import Member
from hueandcry.domain.members.rules import BatchState, PairState, RowOutcome
from hueandcry.kit.refs import new_long_ref


class Batch(models.Model):
    """One file from another system: how its columns are read, what its consent is worth, how far it has come."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    name = models.CharField(max_length=120, help_text="Of the file, as it came.")
    columns: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    mapping: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.READ)
    rows_total = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    brought_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="When those without evidence were asked to agree again.")


class BatchRow(models.Model):
    """One row of such a file as it came, what would happen or happened with it, and why."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(help_text="The line of the file.")
    raw: "models.JSONField[list[str], list[str]]" = models.JSONField()
    outcome = models.CharField(max_length=12, choices=RowOutcome.choices, default=RowOutcome.WAITING)
    why = models.CharField(max_length=300, blank=True)
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="members_batch_row_is_once")]
        indexes = [models.Index(fields=["batch", "outcome", "number"], name="members_batch_row_by_outcome")]


class Pair(models.Model):
    """Two members who may be one person, and why it seems so; only a person decides."""

    first = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=PairState.choices, default=PairState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="members_pair_is_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="members_pair_is_in_order"),
        ]


class Merge(models.Model):
    """Two members joined into one: everything as it was before, so that it can be undone."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    kept = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    gone = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    before: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)
