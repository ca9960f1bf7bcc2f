"""Organisations, their officers and teams."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from hueandcry.domain.organisations.rules import OrganisationKind, Permission, Role, allowed
from hueandcry.kit.refs import new_long_ref


class Organisation(models.Model):
    """The force or one of its partners; consent is given to an organisation, and each sees only its own."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    name = models.CharField(max_length=120, unique=True)
    signs_as = models.CharField(max_length=30, help_text="How its messages begin, e.g. Doggerland Police.")
    area = models.ForeignKey("places.Area", null=True, on_delete=models.PROTECT, help_text="Where it serves.")
    hand_over_to = models.EmailField(
        blank=True, default="", db_default="", help_text="Of a neighbouring force: where what moves is handed over."
    )
    hand_over_call = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="The number of its control room."
    )

    class Meta:
        constraints = [
            # One force is one installation, with its partners inside (house rules, section 13).
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="force"), name="organisations_force_is_one"
            ),
        ]


class OfficerManager(BaseUserManager["Officer"]):
    """Finds officers for sign-in."""

    def get_by_natural_key(self, username: str | None) -> "Officer":
        """Return the officer with this e-mail address, capitals or not."""
        return self.get(email__iexact=username)


class Officer(AbstractBaseUser):
    """A person who works here: officer, operator, analyst or a partner's officer, with their roles."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    rank = models.CharField(max_length=40, help_text="As members read it: PC, Sergeant, Control room.")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="officers")
    roles: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), default=list
    )
    is_active = models.BooleanField(default=True)
    fast_trained_until = models.DateField(
        null=True, help_text="Trained to release to few without a second officer; not from this day on (ADR 7)."
    )
    mobile = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="Of work: by text they are told what waits for them. Empty: by e-mail only.",
    )

    objects = OfficerManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="organisations_officer_email_is_unique")]

    def __str__(self) -> str:
        """Return the reference: what is printed of an officer, in a trace too, names nobody."""
        return self.as_actor()

    def may(self, permission: Permission) -> bool:
        """Say whether any of the officer's roles allows this."""
        return self.is_active and permission in allowed(frozenset(Role(role) for role in self.roles))

    def is_fast_trained(self, *, on: dt.date) -> bool:
        """Say whether the officer's training for the fast lane holds on this day."""
        return self.fast_trained_until is not None and on < self.fast_trained_until

    def as_actor(self) -> str:
        """Return the reference that records keep."""
        return f"officer:{self.ref}"

    def get_full_name(self) -> str:
        """Return rank and name, as allauth and screens ask for it."""
        return f"{self.rank} {self.name}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        """Refuse Django's own permissions: ours are in rules.py."""
        return False

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        """Refuse Django's own permissions: ours are in rules.py."""
        return False


class Team(models.Model):
    """Officers who work together, e.g. the rural task force of one district."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    area = models.ForeignKey("places.Area", null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="organisations_team_name_is_unique")
        ]


class TeamMember(models.Model):
    """An officer's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="places")
    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="teams")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "officer"], name="organisations_officer_is_once_in_a_team")
        ]


class Duty(models.Model):
    """One duty of the rota: who reads answers in these hours, once or every week, and who stands in for them."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="duties")
    stand_in = models.ForeignKey(Officer, null=True, on_delete=models.PROTECT, related_name="+")
    weekdays: "ArrayField[list[int], list[int]]" = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="1 is Monday; none: once, on the first day."
    )
    begins_on = models.DateField(help_text="The first day on which it begins.")
    until_on = models.DateField(null=True, help_text="It begins no more from this day on.")
    from_minute = models.PositiveSmallIntegerField(help_text="Minutes after midnight, by the clock on the wall.")
    until_minute = models.PositiveSmallIntegerField(help_text="Not after `from_minute`: on the day after.")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stand_in__isnull=True) | ~models.Q(stand_in=models.F("officer")),
                name="organisations_nobody_stands_in_for_themselves",
            ),
            models.CheckConstraint(
                condition=models.Q(from_minute__lt=1440, until_minute__lt=1440),
                name="organisations_duty_is_within_a_day",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "until_on"], name="organisations_duty_going_on")]


class ApiKey(models.Model):
    """A program's key to the API: whose members it may count, what it may read, who gave it out; its hash only."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    name = models.CharField(max_length=80, help_text="Which program, and whom to ask about it.")
    token_hash = models.BinaryField(unique=True)
    permissions: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=20, choices=Permission.choices)
    )
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    used_on = models.DateField(null=True, help_text="The last day on which it was used.")
    ended_at = models.DateTimeField(null=True)

    def may(self, permission: Permission) -> bool:
        """Say whether the key opens this."""
        return self.ended_at is None and permission.value in self.permissions

    def as_actor(self) -> str:
        """Return the reference that records keep."""
        return f"key:{self.ref}"
