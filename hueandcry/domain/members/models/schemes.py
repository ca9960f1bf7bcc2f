"""Watch schemes, who is in them, and the cards that carry alerts on to groups elsewhere."""

from django.db import models

from hueandcry.domain.members.models.people import Member
from hueandcry.domain.members.rules import MembershipState, SchemeKind, SchemeRole, SchemeState
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.refs import new_long_ref


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
    own_kind = models.CharField(max_length=40, blank=True, help_text="What it calls itself when the kind is another.")
    about = models.CharField(max_length=300, blank=True, help_text="As people read it before they join.")
    state = models.CharField(max_length=10, choices=SchemeState.choices, default=SchemeState.ACTIVE)
    area = models.ForeignKey("places.Area", null=True, on_delete=models.PROTECT)
    outline = models.TextField(blank=True, help_text="GeoJSON of its own area, drawn; else the area's boundary.")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    open_to_all = models.BooleanField(
        default=True, help_text="Who asks is in; else a coordinator or officer lets them in."
    )
    notes_a_week = models.PositiveSmallIntegerField(default=2, help_text="How many own messages; 0: none.")
    notes_checked = models.BooleanField(default=True, help_text="An officer reads each own message before it goes.")
    notes_from = models.PositiveSmallIntegerField(
        default=9 * 60, db_default=9 * 60, help_text="Minute of the day, local time, from which own messages go out."
    )
    notes_until = models.PositiveSmallIntegerField(default=17 * 60, db_default=17 * 60, help_text="And until when.")

    objects = SchemeQuerySet.as_manager()

    @property
    def kind_label(self) -> str:
        """Return the kind as people read it: what the scheme calls itself, when it is another."""
        return self.own_kind or SchemeKind(self.kind).label


class Membership(models.Model):
    """A member's part in a scheme, from joining to leaving."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=SchemeRole.choices, default=SchemeRole.MEMBER)
    state = models.CharField(max_length=10, choices=MembershipState.choices, default=MembershipState.IN)
    joined_at = models.DateTimeField(help_text="When they asked, or were let in.")
    left_at = models.DateTimeField(null=True)
    offered = models.BooleanField(
        default=False, db_default=False, help_text="The main coordinator hands over to them; counts once they accept."
    )
    named = models.BooleanField(
        default=True, db_default=True, help_text="The coordinators see their name; else only that somebody is there."
    )
    in_tree = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Agreed to be rung by somebody of the scheme, who sees the number.",
    )
    rings = models.BooleanField(
        default=False, db_default=False, help_text="Willing to ring others; coordinators and deputies do anyway."
    )
    rung_by = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="rung", help_text="Who rings them."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "member"], condition=models.Q(left_at=None), name="members_membership_stands_once"
            ),
            models.UniqueConstraint(
                fields=["scheme"],
                condition=models.Q(left_at=None, role="coordinator", state="in"),
                name="members_scheme_has_one_main_coordinator",
            ),
        ]


class DeviceCode(models.Model):
    """A code sent to a coordinator who acts on a device where they have not been lately."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="device_codes")
    salt = models.CharField(
        max_length=40, help_text="The code is computed from it and the secret key, and kept nowhere."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Bridge(models.Model):
    """A group elsewhere (WhatsApp, a club's list) that a member carries alerts to, with its own code for answers."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    code = models.CharField(
        max_length=4, unique=True, help_text="Stands on the card; answers that hold it came from there."
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="bridges")
    scheme = models.ForeignKey(Scheme, null=True, on_delete=models.SET_NULL)
    name = models.CharField(max_length=80, help_text="What the group is called, e.g. Holt farmers.")
    people = models.PositiveIntegerField(null=True, help_text="About how many read it, as the member says.")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
