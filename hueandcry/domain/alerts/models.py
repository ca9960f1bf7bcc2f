"""Alerts, their versions, their audiences and releases."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from hueandcry.domain.alerts.rules import NoteState, State, Urgency
from hueandcry.domain.alerts.rules.kinds import CorrectionState, Marking, Suspect
from hueandcry.domain.alerts.rules.warnings import WarningState
from hueandcry.domain.members.rules import Purpose, Tier
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.fields import PointField
from hueandcry.kit.refs import new_long_ref, new_ref


class AlertQuerySet(models.QuerySet["Alert"]):
    """Ways to narrow alerts."""

    def visible_to(self, officer: Officer) -> "AlertQuerySet":
        """Keep the alerts of the officer's own organisation, if they may read or write alerts at all."""
        if not (officer.may(Permission.ALERT_READ) or officer.may(Permission.ALERT_WRITE)):
            return self.none()
        return self.filter(organisation=officer.organisation_id)


class Alert(models.Model):
    """One alert: its words as they stand, its place, its level, who wrote it and where it stands."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    topic = models.ForeignKey("knowledge.Topic", on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.NOW)
    level = models.CharField(max_length=10, choices=Tier.choices, default=Tier.VETTED)
    headline = models.CharField(max_length=160)
    what = models.TextField()
    where = models.CharField(max_length=160)
    ask = models.CharField(max_length=300)
    point = PointField(null=True)
    uncertainty_m = models.FloatField(null=True)
    occurred_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    invites_answers = models.BooleanField(default=True)
    template = models.SlugField(max_length=40, blank=True, help_text="The template that it was begun with.")
    details: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, help_text="What the template asked, as it was answered."
    )
    also: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What was typed, given in other languages, each beside the words that it is of (rules.tongues).",
    )
    starts_at = models.DateTimeField(null=True, help_text="When a meeting or event begins, for calendars.")
    is_plain = models.BooleanField(
        default=False, db_default=False, help_text="In texts letters go without marks that make them dearer: chosen."
    )
    marking = models.CharField(max_length=10, choices=Marking.choices, default=Marking.OFFICIAL)
    suspect = models.CharField(max_length=10, choices=Suspect.choices, default=Suspect.UNASKED, blank=True)
    suspect_note = models.CharField(max_length=300, blank=True)
    has_canaries = models.BooleanField(default=False, help_text="Each level reads its own wording, to see a leak.")
    is_drill = models.BooleanField(default=False, help_text="An exercise: it says so, and reaches no live number.")
    author = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT, related_name="alerts")
    approver = models.ForeignKey("organisations.Officer", null=True, on_delete=models.PROTECT, related_name="approved")
    returned_because = models.CharField(max_length=300, blank=True)
    relay_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="relays")
    relayed_report = models.CharField(max_length=80, blank=True, help_text="report:REF that the relay was made from.")
    team = models.ForeignKey("organisations.Team", null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    goes_at = models.DateTimeField(null=True, help_text="Approved to go out at this moment.")
    paused_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True, help_text="When its words were corrected last, while it was out.")
    corrected_because = models.CharField(max_length=300, blank=True)
    recalled_at = models.DateTimeField(null=True, help_text="Taken back within seconds of its release.")
    stood_down_at = models.DateTimeField(null=True)
    stood_down_because = models.CharField(max_length=300, blank=True, help_text="What those it reached were told.")
    ended_at = models.DateTimeField(null=True)
    ending = models.TextField(blank=True, help_text="What those who answered were told.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=False)
                | ~models.Q(state__in=["released", "paused", "corrected", "stood_down", "ended", "expired"]),
                name="alerts_released_alert_has_a_time",
            ),
            # Four eyes: ADR 7. The fast lane has no approver at all.
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("author")),
                name="alerts_approver_is_not_the_author",
            ),
            models.CheckConstraint(
                condition=models.Q(goes_at__isnull=False) | ~models.Q(state="scheduled"),
                name="alerts_scheduled_alert_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="alerts_alert_by_state"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=["released", "paused", "corrected"]),
                name="alerts_alert_by_expiry",
            ),
            models.Index(fields=["goes_at"], condition=models.Q(state="scheduled"), name="alerts_alert_by_goes_at"),
        ]


class Template(models.Model):
    """An organisation's own template of alerts, or a shipped one that it does not offer any more (rules.templates)."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=40)
    is_offered = models.BooleanField(default=True)
    name = models.CharField(max_length=60, blank=True, help_text="Empty for a shipped one: its row is in the rules.")
    hint = models.CharField(max_length=120, blank=True)
    topic = models.ForeignKey("knowledge.Topic", null=True, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Tier.choices, blank=True)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, blank=True)
    minutes = models.PositiveIntegerField(null=True, help_text="How long such an alert lasts.")
    questions: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, help_text="What it asks.")
    headline = models.CharField(max_length=160, blank=True)
    what = models.TextField(blank=True)
    ask = models.CharField(max_length=300, blank=True)
    radius_m = models.FloatField(null=True)
    seeks = models.BooleanField(default=True, help_text="People are to look for somebody or something.")
    invites_answers = models.BooleanField(default=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="alerts_template_is_one"),
        ]


class Revision(models.Model):
    """The words of an alert as they were at one moment: nothing that was said is lost (CPIA, pitfall 13)."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="revisions")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    words: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()


class Approval(models.Model):
    """One officer's agreement to an alert as it stood: changed since, it counts no more."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="approvals")
    officer = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=20, help_text="`queries.version` of what was read and agreed to.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "officer", "version"], name="alerts_approval_is_once"),
        ]


class Correction(models.Model):
    """New words for an alert that is out: who wrote them and why, who agreed, what became of them."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="corrections")
    words: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    occurred_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, help_text="What was wrong, as those whom it reached read it.")
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.WAITING)
    author = models.ForeignKey("organisations.Officer", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey("organisations.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=models.Q(state="waiting"), name="alerts_one_correction_waits"
            ),
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("author")),
                name="alerts_correction_is_agreed_by_another",
            ),
        ]


class ReachRule(models.Model):
    """One row of the force's own table of who must agree; without any the shipped table holds (rules.reach)."""

    place = models.PositiveSmallIntegerField(unique=True, help_text="The first row that fits decides.")
    levels: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=10, choices=Tier.choices))
    urgencies: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=10, choices=Urgency.choices))
    most = models.PositiveIntegerField(null=True)
    holder = models.CharField(max_length=20, choices=Permission.choices)
    is_trained = models.BooleanField(default=False)
    approvals = models.PositiveSmallIntegerField()
    typed_above = models.PositiveIntegerField(null=True)
    hold_s = models.PositiveSmallIntegerField(default=0)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()


class Canary(models.Model):
    """Which wording of an alert went to which group, so that a leaked one says where it came from."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="canaries")
    variant = models.PositiveSmallIntegerField(help_text="Which of the wordings in rules.canaries.")
    described = models.CharField(max_length=200, help_text="Vetted members of Holt Farm Watch.")
    members = models.PositiveIntegerField()
    message_ref = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "message_ref"], name="alerts_canary_is_one_a_message"),
        ]


class Audience(models.Model):
    """Who an alert is for: the question as asked, and how many it was at release."""

    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, primary_key=True)
    question: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    described = models.CharField(max_length=400, help_text="The question in words, for screens and the audit.")
    members = models.PositiveIntegerField(null=True)


class Release(models.Model):
    """One going-out of an alert: the alert itself, its stand-down or its ending, with the message that carried it."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(max_length=12)
    message_ref = models.CharField(max_length=12, unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    members = models.PositiveIntegerField()


class NoteQuerySet(models.QuerySet["Note"]):
    """Ways to narrow the own messages of schemes."""

    def visible_to(self, officer: Officer) -> "NoteQuerySet":
        """Keep those of the schemes that this officer runs: the force all, a partner its own, others none."""
        if not officer.may(Permission.SCHEME_WRITE):
            return self.none()
        if officer.organisation.kind == OrganisationKind.FORCE:
            return self
        return self.filter(scheme__organisation=officer.organisation_id)


class Note(models.Model):
    """An own message of a watch scheme to its members: who wrote it, who read it first, what became of it."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref)
    scheme = models.ForeignKey("members.Scheme", on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey("members.Member", null=True, on_delete=models.SET_NULL, related_name="notes")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, help_text="Goes to those who agreed to this.")
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=NoteState.choices)
    written_at = models.DateTimeField()
    checked_by = models.ForeignKey("organisations.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    returned_because = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    message_ref = models.CharField(max_length=12, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["scheme", "-written_at"], name="alerts_note_by_scheme"),
            models.Index(fields=["state"], condition=models.Q(state__in=["waiting", "due"]), name="alerts_note_open"),
        ]


class PartnerWarningQuerySet(models.QuerySet["PartnerWarning"]):
    """Ways to narrow partners' warnings."""

    def visible_to(self, officer: Officer) -> "PartnerWarningQuerySet":
        """Keep those that were handed to the officer's own organisation, if they may write alerts."""
        if not officer.may(Permission.ALERT_WRITE):
            return self.none()
        return self.filter(organisation=officer.organisation_id)


class PartnerWarning(models.Model):
    """A warning that a partner handed in (CAP): an officer reads it and may begin a draft with it; no machine does."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)
    sent_at = models.DateTimeField()
    kind = models.CharField(max_length=6, help_text="As CAP says: Alert, Update or Cancel.")
    state = models.CharField(max_length=10, choices=WarningState.choices, default=WarningState.NEW)
    sender_name = models.CharField(max_length=160)
    headline = models.CharField(max_length=160, blank=True)
    what = models.TextField(blank=True)
    where = models.CharField(max_length=160, blank=True)
    ask = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.WHENEVER)
    expires_at = models.DateTimeField(null=True)
    ground: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    refers: "models.JSONField[list[Any], list[Any]]" = models.JSONField(
        default=list, help_text="The warnings that it changes: sender, identifier and moment of each."
    )
    newer = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.PROTECT, related_name="+")
    document = models.BinaryField(help_text="As it was handed in.")
    received_at = models.DateTimeField()
    by = models.CharField(max_length=80, help_text="Who handed it in: key:REF or officer:REF.")

    objects = PartnerWarningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sender", "identifier", "sent_at"], name="alerts_partnerwarning_is_kept_once"
            ),
        ]
