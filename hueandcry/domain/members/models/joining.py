"""How people come in: applications that wait for a code or an answer, sign-ups at the door, visits."""

from typing import Any

from django.db import models

from hueandcry.domain.members.models.people import Member
from hueandcry.domain.members.rules import ApplicationState, Channel, Door, VisitState
from hueandcry.kit.fields import PointField
from hueandcry.kit.refs import new_long_ref


class Application(models.Model):
    """Somebody who wants to join by web, text or call: what they said so far, and whether their address is theirs."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    door = models.CharField(max_length=10, choices=Door.choices)
    state = models.CharField(max_length=10, choices=ApplicationState.choices, default=ApplicationState.ASKING)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    answers: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    language = models.CharField(max_length=5, default="en")
    salt = models.CharField(
        max_length=40, help_text="The code is computed from it and the secret key, and kept nowhere."
    )
    codes_sent = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="applications")

    class Meta:
        indexes = [
            models.Index(fields=["channel", "address", "-id"], name="members_application_by_address"),
            models.Index(fields=["expires_at"], name="members_application_by_end"),
        ]


class SignUp(models.Model):
    """One draft that came in from an officer's phone: its key makes it count once, however often it is sent."""

    key = models.UUIDField(unique=True, help_text="Made on the phone when the draft was begun.")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="sign_ups")
    said_at = models.DateTimeField(help_text="By the phone's own clock.")
    received_at = models.DateTimeField()
    skew_s = models.IntegerField(
        default=0, help_text="How far the phone's clock was off, so that said_at can be put right."
    )
    outcome = models.CharField(max_length=200, blank=True, help_text="Why it could not be taken, for the officer.")


class Visit(models.Model):
    """A call at one door: not in, declined, visited or registered; no name is kept."""

    key = models.UUIDField(unique=True, help_text="Made on the phone, so that a visit counts once.")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    postcode = models.CharField(max_length=7, db_index=True)
    door = models.CharField(max_length=80, help_text="Number or name of the house, as on the gate.")
    point = PointField(null=True)
    state = models.CharField(max_length=10, choices=VisitState.choices)
    at = models.DateTimeField()
    hidden_until = models.DateTimeField(null=True, help_text="Not in: on nobody's list until then.")
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-at"], name="members_visit_by_time")]
