"""Note what changed at members, so that a message on its way asks again only about those (ADR 19)."""

from django.db import migrations, models


_NOTE = """
    INSERT INTO messaging_change (xid, at, {column})
    SELECT DISTINCT pg_current_xact_id()::text::bigint, clock_timestamp(), {column} FROM ({moved}) AS moved
"""


def noted(table: str, event: str, moved: str, column: str = "whose") -> str:
    """Return a trigger that notes whose rows a statement moved."""
    name = f"messaging_heeds_{table}_{event}"
    rows = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }[event]
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {_NOTE.format(column=column, moved=moved)};
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event.upper()} ON members_{table} REFERENCING {rows}
            FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """


# Only what takes something away: whoever agrees anew was not in the message.
_STOOD = """
    SELECT id, member_id AS whose, organisation_id, scheme_id, purpose, channel FROM {rows} WHERE withdrawn_at IS NULL
"""
_CAME_BACK = "SELECT id, member_id AS whose, channel, address FROM {rows} WHERE suspended_at IS NOT NULL"
_AWAY = """
    SELECT id AS whose, state = 'paused' AS paused, paused_until FROM {rows}
    WHERE state = 'paused' OR paused_until IS NOT NULL
"""
_STOPS = "SELECT address_hash, channel, everything FROM {rows}"
HEED = "".join(
    [
        noted("consent", "update", f"{_STOOD.format(rows='old_rows')} EXCEPT {_STOOD.format(rows='new_rows')}"),
        noted("consent", "delete", _STOOD.format(rows="old_rows")),
        noted("contactpoint", "insert", _CAME_BACK.format(rows="new_rows")),
        noted(
            "contactpoint",
            "update",
            f"{_CAME_BACK.format(rows='new_rows')} EXCEPT {_CAME_BACK.format(rows='old_rows')}",
        ),
        noted("member", "update", f"{_AWAY.format(rows='new_rows')} EXCEPT {_AWAY.format(rows='old_rows')}"),
        noted("suppression", "insert", _STOPS.format(rows="new_rows"), "address_hash"),
        noted(
            "suppression",
            "update",
            f"{_STOPS.format(rows='new_rows')} EXCEPT {_STOPS.format(rows='old_rows')}",
            "address_hash",
        ),
    ]
)


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0012_keep_public_posts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('xid', models.BigIntegerField(db_index=True, help_text="The database's transaction that changed it.")),
                ('at', models.DateTimeField()),
                ('whose', models.BigIntegerField(help_text="The member's id; null for a stop, which knows an address only.", null=True)),
                ('address_hash', models.BinaryField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='asked_from',
            field=models.BigIntegerField(help_text='Transactions before this one were seen when its members were asked for; null: each is asked anew.', null=True),
        ),
        migrations.RunSQL(HEED, migrations.RunSQL.noop),
    ]
