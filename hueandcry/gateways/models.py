"""What gateways keep: made-up phones of a demonstration, and what came over a line until it is told."""

from django.db import models


class SandboxMessage(models.Model):
    """A message that a sandbox phone, mailbox or landline has received, or has sent."""

    gateway = models.CharField(max_length=40)
    reference = models.CharField(max_length=80, help_text="Ours; the same when a message is sent again.")
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    from_phone = models.BooleanField(default=False, help_text="Typed on the phone, for us.")
    at = models.DateTimeField()
    put_off = models.BooleanField(default=False, help_text="Was told to try again: not on the phone yet.")
    receipt_due = models.BooleanField(default=False, help_text="The provider still owes a receipt.")

    class Meta:
        indexes = [
            models.Index(fields=["address", "-id"], name="gateways_sandbox_by_address"),
            models.Index(fields=["id"], condition=models.Q(receipt_due=True), name="gateways_sandbox_owing"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="gateways_sandbox_message_is_once"),
        ]


class Arrival(models.Model):
    """What a provider brought over a connection of ours (SMPP), kept before it is answered, until it is told."""

    gateway = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, help_text="receipt, text, or part of a text.")
    ref = models.CharField(max_length=80, help_text="Of a receipt: the message's; else ours.")
    fate = models.CharField(max_length=12, blank=True)
    sender = models.CharField(max_length=64, blank=True)
    body = models.TextField(blank=True, help_text="Of a part: its octets, in hexadecimal figures.")
    coding = models.PositiveSmallIntegerField(default=0)
    joins = models.CharField(max_length=64, blank=True, help_text="The parts of one text have this in common.")
    number = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    raw = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["gateway", "kind", "id"], name="gateways_arrival_to_tell"),
            models.Index(fields=["gateway", "joins"], condition=~models.Q(joins=""), name="gateways_arrival_joins"),
        ]


class SentPart(models.Model):
    """One part of a text that went out in several (SMPP): each has a receipt of its own."""

    gateway = models.CharField(max_length=40)
    reference = models.CharField(max_length=80, help_text="Ours, of the whole text.")
    number = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    provider_ref = models.CharField(max_length=80)
    fate = models.CharField(max_length=12, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference", "number"], name="gateways_sent_part_is_once"),
        ]
        indexes = [models.Index(fields=["gateway", "provider_ref"], name="gateways_sent_part_by_ref")]
