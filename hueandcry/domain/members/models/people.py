"""Members, their places, how to reach them, what they agreed to and want, how far they were checked."""

from typing import Any

from django.contrib.postgres.indexes import GistIndex
from django.db import models

from hueandcry.domain.members.rules import (
    Channel,
    CheckKind,
    ConsentHow,
    Language,
    MemberState,
    PlaceUse,
    Priority,
    Purpose,
    Reading,
    Tier,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.fields import PointField
from hueandcry.kit.refs import new_long_ref, new_token


class MemberQuerySet(models.QuerySet["Member"]):
    """Filters of members."""

    def visible_to(self, officer: Officer) -> "MemberQuerySet":
        """Keep whom this officer may see: the force all, a partner those who agreed to it, others nobody."""
        if not officer.may(Permission.MEMBER_READ):
            return self.none()
        if officer.organisation.kind == OrganisationKind.FORCE:
            return self
        agreed = self.model._base_manager.filter(  # noqa: SLF001 - without the filters that stand already
            consents__organisation=officer.organisation_id, consents__withdrawn_at=None
        )
        return self.filter(pk__in=agreed.values("pk"))


class Member(models.Model):
    """A person or household that joined, their tier and whether they want to hear from us now."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=MemberState.choices, default=MemberState.ACTIVE)
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.MEMBER)
    tier_until = models.DateField(null=True, help_text="The last day of the tier: after it they count as a member.")
    language = models.CharField(max_length=5, choices=Language.choices, default=Language.ENGLISH)
    reading = models.CharField(max_length=10, choices=Reading.choices, default=Reading.ORDINARY)
    weekly_budget = models.PositiveSmallIntegerField(null=True, help_text="Their own; else the force's.")
    paused_until = models.DateTimeField(null=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    page_token = models.CharField(max_length=40, unique=True, default=new_token, help_text="Opens their own page.")
    note = models.CharField(max_length=200, blank=True, help_text="Practical only, e.g. ring twice.")


class MemberPlace(models.Model):
    """A place of a member: home, farm, field, stable, boat; audiences are found by these points."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="places")
    use = models.CharField(max_length=10, choices=PlaceUse.choices, default=PlaceUse.HOME)
    name = models.CharField(max_length=80, blank=True, help_text="The member's own name for it, e.g. Long Forty.")
    postcode = models.CharField(max_length=7, blank=True)
    point = PointField()

    class Meta:
        indexes = [GistIndex(fields=["point"], name="members_place_by_point")]


class ContactPoint(models.Model):
    """A way to reach a member: mobile, landline, e-mail address or letterbox, in the member's own order."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="contacts")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254, help_text="+447700900123, name@example.org; normalised.")
    rank = models.PositiveSmallIntegerField(default=1, help_text="The member's own order: 1 first.")
    confirmed_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True, help_text="Messages came back; ask the member before using it.")
    shared = models.BooleanField(
        default=False, help_text="Others hear or read it: nothing of one person's own goes there."
    )
    safe = models.BooleanField(null=True, help_text="The member's own word, when asked: safe for anything, or never.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "channel", "address"], name="members_contact_is_once_a_member"),
        ]
        indexes = [models.Index(fields=["address"], name="members_contact_by_address")]


class PushDevice(models.Model):
    """A browser that shows alerts: where its maker takes them for it, and the keys that seal them for it alone."""

    contact = models.OneToOneField(ContactPoint, on_delete=models.CASCADE, related_name="device")
    endpoint = models.CharField(max_length=1000, help_text="At a push service; whoever has it can post there.")
    p256dh = models.CharField(max_length=88, help_text="The browser's public key.")
    auth = models.CharField(max_length=24, help_text="The browser's secret.")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["endpoint"], name="members_device_by_endpoint")]


class Consent(models.Model):
    """One agreement of one member: to whom, for what, by which channel, in which words, how, when, and its end."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    scheme = models.ForeignKey(
        "members.Scheme",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose own messages; null: what the organisation itself sends.",
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    wording = models.CharField(max_length=20, help_text="Version in members.rules.CONSENT_WORDINGS.")
    how = models.CharField(max_length=10, choices=ConsentHow.choices)
    taken_by = models.CharField(max_length=80, help_text="Reference of who took it, e.g. officer:9XW4TR.")
    given_at = models.DateTimeField()
    given_at_point = PointField(null=True, help_text="Where it was spoken, when the officer's phone knew.")
    evidence = models.CharField(max_length=200, blank=True, help_text="For what was brought over: what proves it.")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(
        max_length=80, blank=True, help_text="Reference of whoever ended it, or of the door."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "organisation", "purpose", "channel", "scheme"],
                condition=models.Q(withdrawn_at=None),
                nulls_distinct=False,
                name="members_consent_stands_once",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose=Purpose.SCHEME, scheme__isnull=False)
                | (~models.Q(purpose=Purpose.SCHEME) & models.Q(scheme=None)),
                name="members_consent_for_a_scheme_names_it",
            ),
        ]


class Interest(models.Model):
    """A topic that a member wants to hear about."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="interests")
    topic = models.ForeignKey("knowledge.Topic", on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "topic"], name="members_interest_is_once")]


class Preference(models.Model):
    """What a member wants otherwise than everybody: for one priority and channel whether, and between which hours."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="preferences")
    priority = models.PositiveSmallIntegerField(choices=Priority.numbered)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    wanted = models.BooleanField(default=True)
    from_minute = models.PositiveSmallIntegerField(null=True, help_text="Minute of the day, local time; null: default.")
    until_minute = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "priority", "channel"], name="members_preference_is_once"),
        ]


class Vetting(models.Model):
    """One check of a member: vetting or training, when it was done, by whom, until when it holds."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="vettings")
    kind = models.CharField(max_length=10, choices=CheckKind.choices)
    done_on = models.DateField()
    ends_on = models.DateField(null=True)
    by = models.CharField(max_length=80, help_text="Reference of the officer who wrote it down.")
    at = models.DateTimeField()


class Suppression(models.Model):
    """An address that asked to stop: only its hash, so that it outlives erasure."""

    channel = models.CharField(max_length=10, choices=Channel.choices)
    address_hash = models.BinaryField(help_text="SHA-256 of channel and address.")
    everything = models.BooleanField(default=False, help_text="STOP ALL: open cases too.")
    since = models.DateTimeField()
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="members_suppression_is_once"),
        ]
