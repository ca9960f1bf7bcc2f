"""Browsers that show alerts, and the default wish for them in members_reach (rules/preferences.py)."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

_before = import_module("hueandcry.domain.members.migrations.0010_make_room_for_ways")
_BEFORE = _before.ROWS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
# Push is wanted for what is a danger, happens now or is worth knowing this week; it may be asked for with the others.
WANTED, LADDERS = 0x0C0D1F1717, 0x1F1F1F1717
_ADDED = WANTED & ~_before.WANTED
ROWS = _BEFORE.replace(f"ELSE {_before.WANTED} END", f"ELSE {WANTED} END").replace(
    f"ELSE {_before.LADDERS} END", f"ELSE {LADDERS} END"
)
if ROWS.count(f"ELSE {WANTED} END") != 1 or ROWS.count(f"ELSE {LADDERS} END") != 1:
    raise AssertionError("members_reach_rows is another: say anew what is wanted.")
# Nobody has a choice of their own about push yet, so all rows change alike, but for those who hear by voice only: the
# few rows that look so are asked for. The table is written once, in its order, instead of a second copy of each row.
ADD = f"""
    ALTER TABLE members_reach ALTER wants TYPE bigint
        USING CASE WHEN wants & ~{_before.BY_VOICE}::bigint = 0 THEN wants ELSE wants | {_ADDED} END;
    SELECT members_reach_refresh(ARRAY(
        SELECT DISTINCT reach.member_id FROM members_reach AS reach
        WHERE reach.wants & ~{_before.BY_VOICE}::bigint = 0
    ));
"""  # noqa: S608 - our own numbers only
TAKE_AWAY = f"ALTER TABLE members_reach ALTER wants TYPE bigint USING wants & ~{LADDERS & ~_before.LADDERS}::bigint"


class Migration(migrations.Migration):
    """Add the table, and the wish."""

    dependencies = [("members", "0010_make_room_for_ways")]

    operations = [
        migrations.CreateModel(
            name="PushDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="device",
                        to="members.contactpoint",
                    ),
                ),
                (
                    "endpoint",
                    models.CharField(help_text="At a push service; whoever has it can post there.", max_length=1000),
                ),
                ("p256dh", models.CharField(help_text="The browser's public key.", max_length=88)),
                ("auth", models.CharField(help_text="The browser's secret.", max_length=24)),
                ("made_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["endpoint"], name="members_device_by_endpoint")]},
        ),
        migrations.RunSQL(ROWS, _BEFORE),
        migrations.RunSQL(ADD, TAKE_AWAY),
    ]
