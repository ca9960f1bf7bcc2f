"""Key individual networks: communities, how each is reached, who speaks with whom, the quarterly pulse, and asks."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from hueandcry.domain.members.models.people import Member
from hueandcry.domain.members.models.schemes import Scheme
from hueandcry.domain.members.rules import CommunityKind, KeyRole, MechanismKind, TalkHow
from hueandcry.kit.refs import new_long_ref


class Community(models.Model):
    """A part of the public that the force means to stay in touch with: of a place, an identity or an interest."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=CommunityKind.choices)
    name = models.CharField(max_length=80)
    area = models.ForeignKey("places.Area", null=True, on_delete=models.PROTECT)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="members_community_name_is_unique")
        ]


class Mechanism(models.Model):
    """A way in which one community is reached that is not a key individual: scheme, meeting, survey, surgery."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="mechanisms")
    kind = models.CharField(max_length=12, choices=MechanismKind.choices)
    scheme = models.ForeignKey(Scheme, null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=80, blank=True)
    cadence_days = models.PositiveSmallIntegerField(default=90)
    last_used = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)


class KeyContact(models.Model):
    """A key individual: what they do, for whom they can speak, how often an officer talks with them, who follows."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="key_contacts")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    role = models.CharField(max_length=12, choices=KeyRole.choices)
    communities = models.ManyToManyField(Community, related_name="key_contacts")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT, help_text="Who keeps in touch.")
    cadence_days = models.PositiveSmallIntegerField(default=90)
    next_due = models.DateField()
    tension = models.BooleanField(default=False, help_text="Agreed to be rung when there is tension.")
    successor = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["officer", "next_due"], name="members_key_contact_by_due")]


class Talk(models.Model):
    """One talk with a key individual: when, how, by whom; what was said stands in reports, not here."""

    key_contact = models.ForeignKey(KeyContact, on_delete=models.CASCADE, related_name="talks")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    at = models.DateTimeField()
    how = models.CharField(max_length=10, choices=TalkHow.choices)
    note = models.CharField(max_length=200, blank=True, help_text="Practical only.")


class Pulse(models.Model):
    """The five questions of one quarter, answered by one key individual."""

    key_contact = models.ForeignKey(KeyContact, on_delete=models.CASCADE, related_name="pulses")
    quarter = models.CharField(max_length=7, help_text="2026-Q4")
    answers: "ArrayField[list[int], list[int]]" = ArrayField(
        models.PositiveSmallIntegerField(), help_text="1 to 5 each."
    )
    words: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    officer = models.ForeignKey("organisations.Officer", null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key_contact", "quarter"], name="members_pulse_is_once_a_quarter")
        ]


class Ask(models.Model):
    """That one person was asked about one subject, once: who is asked again and again must not become a source."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="asks")
    subject_hash = models.BinaryField(help_text="SHA-256 of the folded subject: a plate, a name, a place.")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "subject_hash"], name="members_ask_by_subject")]
