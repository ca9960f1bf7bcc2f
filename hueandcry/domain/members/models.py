"""Members, how to reach them, what they agreed to, and their schemes."""

from django.contrib.postgres.indexes import GistIndex
from django.db import models

from hueandcry.domain.members.rules import (
    Channel,
    ConsentHow,
    MemberState,
    PlaceUse,
    Purpose,
    SchemeKind,
    SchemeRole,
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
    language = models.CharField(max_length=5, default="en")
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "channel", "address"], name="members_contact_is_once_a_member"),
        ]
        indexes = [models.Index(fields=["address"], name="members_contact_by_address")]


class Consent(models.Model):
    """One agreement of one member: to whom, for what, by which channel, in which words, how, when, and its end."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    wording = models.CharField(max_length=20, help_text="Version in members.rules.CONSENT_WORDINGS.")
    how = models.CharField(max_length=10, choices=ConsentHow.choices)
    taken_by = models.CharField(max_length=80, help_text="Reference of who took it, e.g. officer:9XW4TR.")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "organisation", "purpose", "channel"],
                condition=models.Q(withdrawn_at=None),
                name="members_consent_stands_once",
            ),
        ]


class Interest(models.Model):
    """A topic that a member wants to hear about."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="interests")
    topic = models.ForeignKey("knowledge.Topic", on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "topic"], name="members_interest_is_once")]


class SchemeQuerySet(models.QuerySet["Scheme"]):
    """Filters of schemes."""

    def visible_to(self, officer: Officer) -> "SchemeQuerySet":
        """Keep what this officer may see: the force all, a partner its own, others none."""
        if not officer.may(Permission.MEMBER_READ):
            return self.none()
        if officer.organisation.kind == OrganisationKind.FORCE:
            return self
        return self.filter(organisation=officer.organisation_id)


class Scheme(models.Model):
    """A watch scheme: its kind, area and who runs it."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    kind = models.CharField(max_length=20, choices=SchemeKind.choices)
    name = models.CharField(max_length=120, unique=True)
    area = models.ForeignKey("places.Area", null=True, on_delete=models.PROTECT)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)

    objects = SchemeQuerySet.as_manager()


class Membership(models.Model):
    """A member's part in a scheme, from joining to leaving."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=SchemeRole.choices, default=SchemeRole.MEMBER)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "member"], condition=models.Q(left_at=None), name="members_membership_stands_once"
            ),
        ]
