"""The audit trail."""

from typing import Any

from django.db import models


class Record(models.Model):
    """One thing that was done or looked at: who, what, to what, when; append-only, and the event that wakes jobs."""

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=60)
    actor = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="records_by_subject"),
            models.Index(fields=["actor", "id"], name="records_by_actor"),
        ]
