"""Audiences that are kept, and what the database keeps ready so that an audience is found in milliseconds."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models

from hueandcry.domain.members.models.people import Member, MemberPlace
from hueandcry.kit.fields import PointField
from hueandcry.kit.refs import new_long_ref


class SavedAudience(models.Model):
    """A question about members under a name; asked anew each time, so that it stays live."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    question: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=models.Q(ended_at=None),
                name="members_saved_audience_name_is_unique",
            ),
        ]


class Reach(models.Model):
    """One place of one member for one organisation, with all that an audience asks; kept by the database (ADR 15)."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey(
        MemberPlace,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="Null: they have none; still found by scheme or topic.",
    )
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, db_index=False)
    point = PointField(null=True)
    agreed = models.BigIntegerField(
        help_text="Bits: what is agreed and works, 8 channels for each of 4 purposes; then 4: agreed by any channel."
    )
    wants = models.BigIntegerField(help_text="Bits: what is wanted, 8 channels for each of 5 priorities.")
    kinds = models.SmallIntegerField(help_text="Bits: kinds of the schemes that they are in.")
    tier = models.SmallIntegerField(help_text="Place in TIER_ORDER.")
    tier_until = models.DateField(null=True)
    paused_until = models.DateTimeField(null=True, help_text="infinity: until they say.")
    own_hours = models.BooleanField(help_text="Has hours of their own: look them up.")
    language = models.CharField(max_length=5)
    topics: "ArrayField[list[int], list[int]]" = ArrayField(models.IntegerField())
    schemes: "ArrayField[list[int], list[int]]" = ArrayField(models.IntegerField())

    class Meta:
        indexes = [GistIndex(fields=["point"], name="members_reach_by_point")]
