"""The default wish for WhatsApp in members_reach (rules/preferences.py); its bit has been kept for it since 0010."""

from importlib import import_module

from django.db import migrations

_before = import_module("hueandcry.domain.members.migrations.0011_show_alerts_on_devices")
_BY_VOICE = import_module("hueandcry.domain.members.migrations.0010_make_room_for_ways").BY_VOICE
_BEFORE = _before.ROWS
# Wanted for what is a danger, happens now or is worth knowing this week; advice may be asked for, newsletters not.
WANTED, LADDERS = 0x0C0D3F3737, 0x1F3F3F3737
_ADDED = WANTED & ~_before.WANTED
ROWS = _BEFORE.replace(f"ELSE {_before.WANTED} END", f"ELSE {WANTED} END").replace(
    f"ELSE {_before.LADDERS} END", f"ELSE {LADDERS} END"
)
if ROWS.count(f"ELSE {WANTED} END") != 1 or ROWS.count(f"ELSE {LADDERS} END") != 1:
    raise AssertionError("members_reach_rows is another: say anew what is wanted.")
# As in 0011: nobody has a choice of their own about it yet, so all rows change alike, but for those who hear by voice
# only. The table is written once, in its order.
ADD = f"""
    ALTER TABLE members_reach ALTER wants TYPE bigint
        USING CASE WHEN wants & ~{_BY_VOICE}::bigint = 0 THEN wants ELSE wants | {_ADDED} END;
    SELECT members_reach_refresh(ARRAY(
        SELECT DISTINCT reach.member_id FROM members_reach AS reach
        WHERE reach.wants & ~{_BY_VOICE}::bigint = 0
    ));
"""  # noqa: S608 - our own numbers only
TAKE_AWAY = f"ALTER TABLE members_reach ALTER wants TYPE bigint USING wants & ~{LADDERS & ~_before.LADDERS}::bigint"


class Migration(migrations.Migration):
    """Add the wish."""

    dependencies = [("members", "0011_show_alerts_on_devices")]

    operations = [migrations.RunSQL(ROWS, _BEFORE), migrations.RunSQL(ADD, TAKE_AWAY)]
