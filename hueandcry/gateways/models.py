"""What the sandbox keeps: the made-up phones, mailboxes and landlines of a demonstration."""

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
