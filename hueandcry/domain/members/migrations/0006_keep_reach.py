"""Keep members_reach by triggers (ADR 15): everything that the database does about it stands here.

Functions, each with the prefix members_reach:

    _hash(channel, address)     what members_suppression keeps of an address
    _rows(ids)                  the rows as they should be, worked out from the tables themselves
    _refresh(ids, waiting)      make the rows of these members as they should be, under their locks, by id
    _refresh_all()              the same for everybody, in windows of 20,000
    _differs(ids)               members whose rows are not as they should be: nobody, or something is wrong
    _<table>_<event>()          triggers, after each statement: whose rows may have changed

Two who change one member at once: each statement's trigger takes the member's row (FOR NO KEY UPDATE, by id) before it
looks, and looks with a snapshot taken after that, so the later one sees what the earlier one did. Two more meet where
one cannot see the other's member yet, and wait for one another on something else: a stop and the same address being
added (an advisory lock on the address), a scheme being closed and somebody joining it (the scheme's row FOR SHARE).

`SET LOCAL hueandcry.hold_reach = 'on'` holds the triggers back for a load, which then calls _refresh itself
(members.actions.reach.refreshed_once).

The numbers of what is wanted by default are those of members.rules.preferences; a test compares them with it.
A change of any of this is a new migration that replaces the function and calls _refresh_all().
"""

from django.db import migrations, models

import hueandcry.kit.fields

HASH = """
CREATE FUNCTION members_reach_hash(channel text, address text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT sha256(convert_to(channel || ':' || address, 'UTF8')) $$;

CREATE INDEX members_contact_by_hash ON members_contactpoint (members_reach_hash(channel::text, address::text));
"""

# Bits of a channel: 1 text, 2 phone call, 4 e-mail, 8 printed sheet. `agreed`: those of alerts, advice, surveys and
# partners from the lowest up; bit 16 and up: agreed to alerts, advice … by any channel, working or not. `wants`: those
# of the five priorities from EMERGENCY up. `kinds`: farm, horse, canal, neighbourhood, business, other.
ROWS = """
CREATE FUNCTION members_reach_rows(ids bigint[]) RETURNS TABLE (
    member_id bigint, place_id bigint, organisation_id bigint, point point, agreed integer, wants integer,
    kinds smallint, tier smallint, tier_until date, paused_until timestamptz, own_hours boolean, language varchar,
    topics integer[], schemes integer[]
) LANGUAGE sql STABLE AS $$
    SELECT member.id, place.id, agreed.organisation_id, place.point, agreed.bits,
        (CASE WHEN member.reading = 'voice' THEN 8738 ELSE 843639 END | COALESCE(chosen.yes, 0))
            & ~COALESCE(chosen.no, 0)
            & CASE WHEN member.reading = 'voice' THEN 139810 ELSE 1048439 END,
        COALESCE(parts.kinds, 0)::smallint,
        COALESCE(array_position(ARRAY['public', 'member', 'vetted', 'kin'], member.tier::text) - 1, 0)::smallint,
        member.tier_until,
        CASE WHEN member.state = 'paused' THEN COALESCE(member.paused_until, 'infinity') ELSE member.paused_until END,
        COALESCE(chosen.hours, false), member.language,
        COALESCE(interests.topics, '{}'), COALESCE(parts.schemes, '{}')
    FROM members_member AS member
    JOIN (
        SELECT consent.member_id, consent.organisation_id, bit_or(
            ((COALESCE(works.bits, 0) & word.channel) << (4 * word.purpose)) | (1 << (16 + word.purpose))
        ) AS bits
        FROM members_consent AS consent
        CROSS JOIN LATERAL (SELECT
            CASE consent.channel WHEN 'sms' THEN 1 WHEN 'voice' THEN 2 WHEN 'email' THEN 4 WHEN 'post' THEN 8 ELSE 0 END
                AS channel,
            array_position(ARRAY['alert', 'advice', 'survey', 'partner'], consent.purpose::text) - 1 AS purpose
        ) AS word
        LEFT JOIN (
            SELECT contact.member_id, bit_or(
                CASE contact.channel
                    WHEN 'sms' THEN 1 WHEN 'voice' THEN 2 WHEN 'email' THEN 4 WHEN 'post' THEN 8 ELSE 0
                END
            ) AS bits
            FROM members_contactpoint AS contact
            WHERE contact.member_id = ANY(ids) AND contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM members_suppression AS stop WHERE stop.channel = contact.channel
                        AND stop.address_hash = members_reach_hash(contact.channel::text, contact.address::text)
                )
            GROUP BY contact.member_id
        ) AS works ON works.member_id = consent.member_id
        WHERE consent.member_id = ANY(ids) AND consent.withdrawn_at IS NULL
        GROUP BY consent.member_id, consent.organisation_id
    ) AS agreed ON agreed.member_id = member.id
    LEFT JOIN members_memberplace AS place ON place.member_id = member.id AND place.member_id = ANY(ids)
    LEFT JOIN (
        SELECT choice.member_id, bit_or(bit.one) FILTER (WHERE choice.wanted) AS yes,
            bit_or(bit.one) FILTER (WHERE NOT choice.wanted) AS no,
            bool_or(choice.from_minute IS NOT NULL OR choice.until_minute IS NOT NULL) AS hours
        FROM members_preference AS choice
        CROSS JOIN LATERAL (SELECT CASE WHEN choice.priority BETWEEN 1 AND 5 THEN
            CASE choice.channel WHEN 'sms' THEN 1 WHEN 'voice' THEN 2 WHEN 'email' THEN 4 WHEN 'post' THEN 8 ELSE 0 END
                << (4 * (choice.priority - 1)) ELSE 0 END AS one) AS bit
        WHERE choice.member_id = ANY(ids)
        GROUP BY choice.member_id
    ) AS chosen ON chosen.member_id = member.id
    LEFT JOIN (
        SELECT part.member_id, array_agg(scheme.id::integer ORDER BY scheme.id) AS schemes, bit_or(
            CASE scheme.kind
                WHEN 'farm' THEN 1 WHEN 'horse' THEN 2 WHEN 'canal' THEN 4 WHEN 'neighbourhood' THEN 8
                WHEN 'business' THEN 16 WHEN 'other' THEN 32 ELSE 0
            END
        ) AS kinds
        FROM members_membership AS part JOIN members_scheme AS scheme ON scheme.id = part.scheme_id
        WHERE part.member_id = ANY(ids) AND part.state = 'in' AND part.left_at IS NULL AND scheme.state = 'active'
        GROUP BY part.member_id
    ) AS parts ON parts.member_id = member.id
    LEFT JOIN (
        SELECT interest.member_id, array_agg(interest.topic_id::integer ORDER BY interest.topic_id) AS topics
        FROM members_interest AS interest WHERE interest.member_id = ANY(ids) GROUP BY interest.member_id
    ) AS interests ON interests.member_id = member.id
    WHERE member.id = ANY(ids) AND member.state <> 'left'
$$;
"""

_COLUMNS = (
    "agreed", "wants", "kinds", "tier", "tier_until", "paused_until", "own_hours", "language", "topics", "schemes",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_OTHER = ", ".join(f"other.{name}" for name in _COLUMNS)
_SAME_ROW = (
    "one.member_id = other.member_id AND one.organisation_id = other.organisation_id "
    "AND one.place_id IS NOT DISTINCT FROM other.place_id"
)
_SAME = (
    "("
    + ", ".join(f"one.{name}" for name in _COLUMNS)
    + ", one.point[0], one.point[1]) IS NOT DISTINCT FROM ("
    + _OTHER
    + ", other.point[0], other.point[1])"
)
# One statement: what is there and should not be goes, what differs is put right, what is missing comes. Nothing is
# written where nothing changed.
_PUT_RIGHT = f"""
    WITH fresh AS MATERIALIZED (SELECT * FROM members_reach_rows({{ids}})),
    gone AS (
        DELETE FROM members_reach AS one WHERE one.member_id = ANY({{ids}})
            AND NOT EXISTS (SELECT FROM fresh AS other WHERE {_SAME_ROW})
    ),
    changed AS (
        UPDATE members_reach AS one SET ({_NAMES}, point) = (SELECT {_OTHER}, other.point)
        FROM fresh AS other WHERE one.member_id = ANY({{ids}}) AND {_SAME_ROW} AND NOT ({_SAME})
    )
    INSERT INTO members_reach (member_id, place_id, organisation_id, point, {_NAMES})
    SELECT member_id, place_id, organisation_id, point, {_NAMES} FROM fresh AS other
    WHERE NOT EXISTS (SELECT FROM members_reach AS one WHERE one.member_id = ANY({{ids}}) AND {_SAME_ROW})
"""  # noqa: S608 - our own words only

# Few ids: a plan that is kept. Many: one that is made for so many.
REFRESH = f"""
CREATE FUNCTION members_reach_refresh(ids bigint[], waiting boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) IS NULL OR cardinality(ids) = 0 THEN
        RETURN;
    END IF;
    IF waiting THEN
        PERFORM FROM members_member WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF cardinality(ids) <= 50 THEN
        {_PUT_RIGHT.format(ids="ids")};
    ELSE
        EXECUTE $sql${_PUT_RIGHT.format(ids="$1")}$sql$ USING ids;
    END IF;
END $$;

CREATE FUNCTION members_reach_refresh_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    last bigint := 0;
BEGIN
    DELETE FROM members_reach AS row WHERE NOT EXISTS (SELECT FROM members_member WHERE id = row.member_id);
    LOOP
        SELECT array_agg(id ORDER BY id), max(id) INTO ids, last
        FROM (SELECT id FROM members_member WHERE id > last ORDER BY id LIMIT 20000) AS next;
        EXIT WHEN ids IS NULL;
        PERFORM members_reach_refresh(ids);
    END LOOP;
END $$;

CREATE FUNCTION members_reach_differs(ids bigint[]) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    WITH one AS (SELECT * FROM members_reach WHERE member_id = ANY(ids)),
    other AS (SELECT * FROM members_reach_rows(ids))
    SELECT member_id FROM other WHERE NOT EXISTS (SELECT FROM one WHERE {_SAME_ROW} AND {_SAME})
    UNION
    SELECT member_id FROM one WHERE NOT EXISTS (SELECT FROM other WHERE {_SAME_ROW} AND {_SAME})
    UNION
    SELECT member_id FROM one GROUP BY member_id, place_id, organisation_id HAVING count(*) > 1
$$;
"""  # noqa: S608 - our own words only


def moved(event: str, columns: str) -> str:
    """Return SQL for what came, went or became another."""
    if event == "insert":
        return f"SELECT {columns} FROM new_rows"  # noqa: S608 - our own words only
    if event == "delete":
        return f"SELECT {columns} FROM old_rows"  # noqa: S608 - our own words only
    old, new = f"SELECT {columns} FROM old_rows", f"SELECT {columns} FROM new_rows"  # noqa: S608 - our own words only
    return f"({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old})"


def changed(
    table: str, columns: str, *, member: str = "member_id", whose: str = "", locks: tuple[str, ...] = ()
) -> str:
    """Return the trigger functions of one table and its triggers.

    Args:
        table: without `members_`.
        columns: those that count; a change of others wakes nothing.
        member: the column that names the member.
        whose: SQL that finds the members of the rows in `moved`, when no column names them.
        locks: what is to be locked before anybody looks: SQL, the columns it is about, the events.
    """
    transition = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }
    found = whose or f"SELECT DISTINCT {member} FROM moved WHERE {member} IS NOT NULL"  # noqa: S608 - our own words only
    # Rare, and by hand: whoever empties a table at once gets everything worked out anew.
    sql = f"""
CREATE TRIGGER members_reach_{table}_truncate AFTER TRUNCATE ON members_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION members_reach_emptied();
"""
    for event, rows in transition.items():
        name = f"members_reach_{table}_{event}"
        first = locks[0].format(moved=moved(event, locks[1])) if event in locks[2:] else ""
        sql += f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('hueandcry.hold_reach', true) = 'on' THEN RETURN NULL; END IF;
    {first}
    PERFORM members_reach_refresh(ARRAY(WITH moved AS ({moved(event, columns)}) {found}));
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event.upper()} ON members_{table} REFERENCING {rows}
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
    return sql


# Thousands of addresses at once would fill the table of locks: then the other table takes nothing new meanwhile.
_LOCK_ADDRESSES = """
    IF (SELECT count(*) FROM ({{moved}}) AS moved) > 500 THEN
        LOCK TABLE {other} IN SHARE MODE;
    ELSE
        PERFORM pg_advisory_xact_lock(21077, key) FROM (
            SELECT DISTINCT ('x' || encode(substr({hash}, 1, 4), 'hex'))::bit(32)::integer AS key
            FROM ({{moved}}) AS moved ORDER BY 1
        ) AS keys;
    END IF;
"""
_EMPTIED = """
CREATE FUNCTION members_reach_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('hueandcry.hold_reach', true) = 'on' THEN RETURN NULL; END IF;
    PERFORM members_reach_refresh_all();
    RETURN NULL;
END $$;
"""
_MEMBER_OF_SCHEME = (
    "SELECT DISTINCT part.member_id FROM moved JOIN members_membership AS part ON part.scheme_id = moved.id"
)
_MEMBER_WITH_ADDRESS = """
    SELECT DISTINCT contact.member_id FROM moved JOIN members_contactpoint AS contact
        ON contact.channel = moved.channel
        AND members_reach_hash(contact.channel::text, contact.address::text) = moved.address_hash
"""
_LOCK_SCHEMES = """
    PERFORM FROM members_scheme WHERE id IN (SELECT moved.scheme_id FROM ({moved}) AS moved) ORDER BY id FOR SHARE;
"""
_CONTACT_HASH = "members_reach_hash(moved.channel::text, moved.address::text)"
TRIGGERS = "".join(
    [
        _EMPTIED,
        changed("member", "id, state, tier, tier_until, language, reading, paused_until", member="id"),
        changed("memberplace", "id, member_id, point[0], point[1]"),
        changed(
            "contactpoint",
            "member_id, channel, address, confirmed_at IS NOT NULL AND suspended_at IS NULL",
            locks=(
                _LOCK_ADDRESSES.format(other="members_suppression", hash=_CONTACT_HASH),
                "member_id, channel, address",
                "insert",
                "update",
            ),
        ),
        changed("consent", "member_id, organisation_id, purpose, channel, withdrawn_at IS NULL"),
        changed("interest", "member_id, topic_id"),
        changed("preference", "member_id, priority, channel, wanted, from_minute, until_minute"),
        changed(
            "membership",
            "member_id, scheme_id, state, left_at IS NULL",
            locks=(
                _LOCK_SCHEMES,
                "member_id, scheme_id, state, left_at IS NULL",
                "insert",
                "update",
            ),
        ),
        changed("scheme", "id, kind, state", whose=_MEMBER_OF_SCHEME),
        changed(
            "suppression",
            "channel, address_hash",
            whose=_MEMBER_WITH_ADDRESS,
            locks=(
                _LOCK_ADDRESSES.format(other="members_contactpoint", hash="moved.address_hash"),
                "channel, address_hash",
                "insert",
                "update",
                "delete",
            ),
        ),
    ]
)


class Migration(migrations.Migration):
    """Keep members_reach by triggers, and fill it."""

    dependencies = [("members", "0005_schemes_run_themselves")]

    operations = [
        migrations.AlterField(
            model_name="reach",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                help_text="Null: they have none; still found by scheme or topic.",
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="+",
                to="members.memberplace",
            ),
        ),
        migrations.AlterField(model_name="reach", name="point", field=hueandcry.kit.fields.PointField(null=True)),
        migrations.AlterField(
            model_name="reach",
            name="agreed",
            field=models.IntegerField(
                help_text="Bits: what is agreed and works, 4 channels for each of 4 purposes; "
                "then 4: agreed by any channel."
            ),
        ),
        migrations.AddField(
            model_name="reach",
            name="kinds",
            field=models.SmallIntegerField(help_text="Bits: kinds of the schemes that they are in.", default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(HASH, migrations.RunSQL.noop),
        migrations.RunSQL(ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(REFRESH, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL("SELECT members_reach_refresh_all()", migrations.RunSQL.noop),
    ]
