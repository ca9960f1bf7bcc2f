"""Keep from where messages came back."""

import django.db.models.deletion
import hueandcry.domain.members.rules.kinds
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0013_heed_what_changed_since"),
    ]

    operations = [
        migrations.CreateModel(
            name="ComeBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(choices=hueandcry.domain.members.rules.kinds.Channel.choices, max_length=10),
                ),
                ("address", models.CharField(max_length=254)),
                ("gateway", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "passing",
                    models.BooleanField(default=False, help_text="Not for good: a full mailbox. Another may arrive."),
                ),
                (
                    "status",
                    models.CharField(blank=True, help_text="By RFC 3463, where somebody said it.", max_length=12),
                ),
                ("dealt_at", models.DateTimeField(help_text="When it was looked at; empty while it waits.", null=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.delivery",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("dealt_at__isnull", True)), fields=["id"], name="messaging_comeback_waits"
                    ),
                    models.Index(fields=["address", "channel"], name="messaging_comeback_by_address"),
                    models.Index(fields=["at"], name="messaging_comeback_by_time"),
                ],
                "constraints": [models.UniqueConstraint(fields=("delivery",), name="messaging_comeback_is_once")],
            },
        ),
    ]
