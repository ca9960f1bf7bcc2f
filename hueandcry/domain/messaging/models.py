"""Messages, one row a person and channel; what comes back."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.rules import Command, DeliveryState, Lane, MessageKind
from hueandcry.domain.messaging.rules.posting import Act, Outlet, PostKind
from hueandcry.gateways.contract import Fate
from hueandcry.kit.refs import new_long_ref
from hueandcry.kit.words import ENGLISH


class Message(models.Model):
    """What is said to one or many: frozen words, its lane, when it is no longer worth sending."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    about = models.CharField(max_length=80, db_index=True, help_text="What it belongs to, e.g. alert:K7M2PQ.")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    scheme = models.ForeignKey(
        "members.Scheme",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Whose own message it is; goes to those who agreed to that scheme's.",
    )
    lane = models.CharField(max_length=10, choices=Lane.choices, default=Lane.NORMAL)
    priority = models.PositiveSmallIntegerField(choices=Priority.numbered, default=Priority.URGENT)
    text = models.TextField()
    spoken = models.TextField()
    subject = models.CharField(max_length=200)
    email = models.TextField()
    frames = models.JSONField(
        default=dict, blank=True, help_text="The same words for members who chose another language: cy, pl."
    )
    invites_answers = models.BooleanField(default=False)
    queued_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True, help_text="From here on nothing of it goes out.")
    paused_at = models.DateTimeField(null=True, help_text="While this is set nothing of it goes out.")
    is_drill = models.BooleanField(default=False, help_text="An exercise: goes to the sandbox, whatever is set.")
    team = models.ForeignKey(
        "organisations.Team",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose allowance pays for it.",
    )
    never_by = models.CharField(
        max_length=10,
        choices=Channel.choices,
        blank=True,
        db_default="",
        default="",
        help_text="A way that its words may not take, whatever else does not reach somebody.",
    )
    moved = models.PositiveIntegerField(
        default=0, db_default=0, help_text="For how many another way came first, by what worked for them."
    )
    asked_from = models.BigIntegerField(
        null=True,
        help_text="Transactions before this one were seen when its members were asked for; null: each is asked anew.",
    )


class Delivery(models.Model):
    """One message to one member by one channel: the queue itself, and the proof of what became of it.

    No index names what changes while it is sent (state, next_at, attempts, provider_ref): each such change then stays
    on its page and costs no index anything (ADR 19). What is due is found by `Stretch`, a provider's word by
    `ProviderRef`.
    """

    # Foreign keys without a constraint: 33,000 checks one by one cost more than the rows. Triggers that look at whole
    # statements keep them (ADR 19).
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    # Found by the index of its constraint below.
    member = models.ForeignKey(
        "members.Member",
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254, help_text="As it was when queued; blanked after 12 months.")
    lane = models.CharField(max_length=10, choices=Lane.choices)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    rung = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="0 is the first way; 1 and on were tried because nothing was heard."
    )
    next_at = models.DateTimeField(help_text="Not before this moment: a retry, or the end of a lease.")
    gateway = models.CharField(
        max_length=40, blank=True, help_text="Who has it, or perhaps has it: written before it is handed over."
    )
    provider_ref = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When it was delivered or failed.")
    bundled_in = models.ForeignKey(
        Message,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="The digest.",
    )
    is_held = models.GeneratedField(
        expression=models.ExpressionWrapper(models.Q(state="held"), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Its state is held; a column of its own, so that no index names the state.",
    )

    class Meta:
        constraints = [
            # The member first: it also counts a member's week.
            models.UniqueConstraint(fields=["member", "message", "channel"], name="messaging_delivery_is_once"),
        ]
        indexes = [
            models.Index(fields=["message", "id"], name="messaging_delivery_by_message"),
            # By bytes, as they are written (members.queries.audience): no language's order is asked for at each step.
            models.Index(
                fields=["address", "-id"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="messaging_delivery_by_address",
            ),
            models.Index(
                fields=["member", "message"], condition=models.Q(is_held=True), name="messaging_delivery_held"
            ),
            models.Index(
                fields=["bundled_in", "member"],
                condition=models.Q(bundled_in__isnull=False),
                name="messaging_delivery_bundled",
            ),
        ]


class Stretch(models.Model):
    """Which rows of a message are to be walked, not before when: the whole index of the queue, a few rows long.

    A trigger writes one when deliveries are written. Whoever claims a window cuts it off; the window is a stretch
    itself, due when its lease ends: what a dead worker held is due by itself (ADR 19).
    """

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    lane = models.CharField(max_length=10, choices=Lane.choices)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    at = models.DateTimeField(help_text="Not before this moment: a retry, a member's hours, the end of a lease.")
    looked_at = models.DateTimeField(help_text="When somebody last took a window of it: who waited longest is next.")
    is_leased = models.BooleanField(default=False, db_default=False, help_text="A window in a worker's hands.")
    handed_to = models.BigIntegerField(
        null=True, help_text="In a worker's hands: nothing after this row was handed over; null: perhaps all was."
    )

    class Meta:
        indexes = [
            models.Index(fields=["message", "at"], name="messaging_stretch_by_message"),
            models.Index(fields=["at"], name="messaging_stretch_by_time"),
        ]


class Change(models.Model):
    """Whose word or way changed, so that a message on its way to them must heed it; kept a few days, by triggers.

    Somebody stopped, withdrew or paused, or messages came back from there. Who is in a message was asked when it was
    written: only what changed since then is asked again (ADR 19).
    """

    xid = models.BigIntegerField(db_index=True, help_text="The database's transaction that changed it.")
    at = models.DateTimeField()
    whose = models.BigIntegerField(
        null=True, help_text="The member's id; null for a stop, which knows an address only."
    )
    address_hash = models.BinaryField(null=True)


class ProviderRef(models.Model):
    """By which word of a provider a delivery is known, where our own reference is no part of it.

    A provider may give a word again to a later message: it means the latest. By a hash, and not once by a rule of the
    database: half the time of writing it.
    """

    gateway = models.CharField(max_length=40)
    ref = models.CharField(max_length=80)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [HashIndex(fields=["ref"], name="messaging_providerref_ref")]


class Receipt(models.Model):
    """What a provider said later of a message that it took, as it came; kept 30 days."""

    gateway = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=80)
    fate = models.CharField(max_length=12, choices=Fate.choices)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    folded = models.BooleanField(default=False, help_text="Taken over into the delivery.")
    raw = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "provider_ref", "fate"], name="messaging_receipt_is_once"),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(folded=False), name="messaging_receipt_to_fold")]


class ComeBack(models.Model):
    """A message that came back from an address: what the service asks its owner about, or leaves alone."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    gateway = models.CharField(max_length=40)
    at = models.DateTimeField()
    passing = models.BooleanField(default=False, help_text="Not for good: a full mailbox. Another may arrive.")
    status = models.CharField(max_length=12, blank=True, help_text="By RFC 3463, where somebody said it.")
    dealt_at = models.DateTimeField(null=True, help_text="When it was looked at; empty while it waits.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery"], name="messaging_comeback_is_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(dealt_at__isnull=True), name="messaging_comeback_waits"),
            models.Index(fields=["address", "channel"], name="messaging_comeback_by_address"),
            models.Index(fields=["at"], name="messaging_comeback_by_time"),
        ]


class Conversation(models.Model):
    """The thread between us and one address about one thing (an alert), or about nothing yet."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    member = models.ForeignKey("members.Member", null=True, on_delete=models.SET_NULL)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    about = models.CharField(max_length=80, blank=True, db_index=True)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    thanked_at = models.DateTimeField(null=True, help_text="When the service thanked by itself: once, never again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address", "about"], name="messaging_conversation_is_one"),
        ]


class Inbound(models.Model):
    """One message from somebody, exactly as it came, and how it was read."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="inbound")
    gateway = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=80)
    body = models.TextField()
    command = models.CharField(max_length=12, choices=Command.choices)
    bridge = models.CharField(max_length=12, blank=True, help_text="The group that it came by: the bridge's reference.")
    received_at = models.DateTimeField(help_text="The clock starts here, never at reading.")
    raw = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "provider_ref"], name="messaging_inbound_is_once"),
        ]


class Provider(models.Model):
    """How one gateway is doing, shared by all workers: its breaker, its bucket, its count of the day.

    All moments in it are the database's: the clocks of workers differ.
    """

    name = models.CharField(max_length=40, unique=True)
    failures = models.PositiveIntegerField(default=0, help_text="Batches in a row that failed.")
    faults = models.PositiveIntegerField(default=0, db_default=0, help_text="Batches that failed in this minute.")
    faults_from = models.DateTimeField(null=True, help_text="When this minute began.")
    opened_until = models.DateTimeField(null=True, help_text="Nothing is given to it before this moment.")
    down_since = models.DateTimeField(null=True, help_text="When it was first left alone; empty while it works.")
    trial_until = models.DateTimeField(null=True, help_text="Somebody tries a few messages on it until then.")
    trouble = models.CharField(max_length=200, blank=True)
    took_at = models.DateTimeField(null=True, help_text="When it last took something, to the minute.")
    answer_ms = models.FloatField(null=True, help_text="How long it takes for one message, smoothed.")
    late_percent = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Of what it took lately, how much was not delivered within five minutes."
    )
    slower_at = models.DateTimeField(null=True, help_text="When it last asked us to go slower.")
    tokens = models.FloatField(default=0, help_text="What may be sent at once now; refilled by its rate.")
    tokens_at = models.DateTimeField(null=True, help_text="When that was so; to come while it wants nothing.")
    granted = models.PositiveIntegerField(default=0, db_default=0, help_text="What the last one to ask was given.")
    day = models.DateField(null=True)
    day_count = models.PositiveIntegerField(default=0)


class Lag(models.Model):
    """How messages came to one member by one way in the last 90 days: worked out anew each night."""

    member = models.ForeignKey("members.Member", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    sent = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    measured = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of how many it is known how long they took."
    )
    seconds = models.PositiveIntegerField(null=True, help_text="The middle one of those that were delivered.")
    nearly_s = models.PositiveIntegerField(null=True, help_text="Nine in ten of them took no longer.")
    better = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Ways (bits of Channel) to take instead, where this one would be the first."
    )
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "channel"], name="messaging_lag_is_one"),
        ]
        indexes = [
            models.Index(fields=["learned_at"], name="messaging_lag_by_age"),
            models.Index(fields=["member"], condition=models.Q(better__gt=0), name="messaging_lag_moved"),
        ]


class Charge(models.Model):
    """What one message cost with one gateway on one day: added up window by window as it is handed over.

    `share` parts those who add at the same moment; a sum is always over all of them.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="charges")
    gateway = models.CharField(max_length=40)
    day = models.DateField()
    share = models.PositiveSmallIntegerField(default=0)
    handed = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    millipence = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "gateway", "day", "share"], name="messaging_charge_is_one"),
        ]
        indexes = [models.Index(fields=["day"], name="messaging_charge_by_day")]


class Allowance(models.Model):
    """What an organisation, or one team of it, may spend on messages in a month."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    team = models.ForeignKey("organisations.Team", null=True, on_delete=models.PROTECT)
    month_pence = models.PositiveIntegerField()
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "team"], nulls_distinct=False, name="messaging_allowance_is_one"
            ),
        ]


class Halt(models.Model):
    """The kill switch: while one stands, nothing at all goes out, but what is queued stays queued."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(lifted_at__isnull=True), name="messaging_one_halt_stands"
            ),
        ]


class Post(models.Model):
    """What is said to everybody: one post at one outlet, the queue itself and the proof of what became of it."""

    about = models.CharField(max_length=80, help_text="What it belongs to, e.g. alert:K7M2PQ.")
    outlet = models.CharField(max_length=10, choices=Outlet.choices)
    language = models.CharField(max_length=2, default=ENGLISH, db_default=ENGLISH)
    kind = models.CharField(max_length=12, choices=PostKind.choices)
    act = models.CharField(max_length=8, choices=Act.choices)
    turn = models.CharField(max_length=40, help_text="Which statement it is: said twice, it is posted once.")
    words = models.TextField()
    link = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    perhaps = models.BooleanField(default=False, help_text="It went, and no answer came.")
    next_at = models.DateTimeField(help_text="Not before this moment: a retry, or the end of a lease.")
    expires_at = models.DateTimeField()
    provider_ref = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about", "outlet", "language", "turn", "act"], name="messaging_post_is_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state__in=["queued", "leased"]), name="messaging_post_due"
            ),
        ]
