"""Eight ways in members_reach instead of four: places are kept for push and WhatsApp (ADR 15).

The rows are not worked out anew: the same bits are put further apart while the table is written once.
"""

from importlib import import_module

from django.db import migrations, models

_BEFORE = import_module("hueandcry.domain.members.migrations.0008_agree_to_a_scheme").ROWS
# As members.rules.preferences says, a byte for each priority, EMERGENCY the lowest; a test compares.
WANTED, LADDERS = 0x0C0D0F0707, 0x0F0F0F0707
# Who takes in messages by voice only.
SPOKEN, BY_VOICE = 0x0002020202, 0x0202020202


def bit_of(column: str) -> str:
    """Return SQL for the bit of a channel."""
    return (
        f"CASE {column} WHEN 'sms' THEN 1 WHEN 'voice' THEN 2 WHEN 'email' THEN 4 WHEN 'post' THEN 8"
        " WHEN 'push' THEN 16 WHEN 'whatsapp' THEN 32 ELSE 0 END::bigint"
    )


# `agreed`: a byte for each of alerts, advice, surveys and partners from the lowest up; bit 32 and up: agreed to alerts,
# advice … by any channel, working or not. `wants`: a byte for each of the five priorities from EMERGENCY up.
ROWS = f"""
CREATE FUNCTION members_reach_rows(ids bigint[]) RETURNS TABLE (
    member_id bigint, place_id bigint, organisation_id bigint, point point, agreed bigint, wants bigint,
    kinds smallint, tier smallint, tier_until date, paused_until timestamptz, own_hours boolean, language varchar,
    topics integer[], schemes integer[]
) LANGUAGE sql STABLE AS $$
    SELECT member.id, place.id, agreed.organisation_id, place.point, agreed.bits,
        (CASE WHEN member.reading = 'voice' THEN {SPOKEN} ELSE {WANTED} END | COALESCE(chosen.yes, 0))
            & ~COALESCE(chosen.no, 0)
            & CASE WHEN member.reading = 'voice' THEN {BY_VOICE} ELSE {LADDERS} END,
        COALESCE(parts.kinds, 0)::smallint,
        COALESCE(array_position(ARRAY['public', 'member', 'vetted', 'kin'], member.tier::text) - 1, 0)::smallint,
        member.tier_until,
        CASE WHEN member.state = 'paused' THEN COALESCE(member.paused_until, 'infinity') ELSE member.paused_until END,
        COALESCE(chosen.hours, false), member.language,
        COALESCE(interests.topics, '{{}}'), COALESCE(parts.schemes, '{{}}')
    FROM members_member AS member
    JOIN (
        SELECT consent.member_id, consent.organisation_id, bit_or(
            ((COALESCE(works.bits, 0) & word.channel) << (8 * word.purpose)) | (1::bigint << (32 + word.purpose))
        ) AS bits
        FROM members_consent AS consent
        CROSS JOIN LATERAL (SELECT
            {bit_of("consent.channel")}
                AS channel,
            array_position(ARRAY['alert', 'advice', 'survey', 'partner'], consent.purpose::text) - 1 AS purpose
        ) AS word
        LEFT JOIN (
            SELECT contact.member_id, bit_or(
                {bit_of("contact.channel")}
            ) AS bits
            FROM members_contactpoint AS contact
            WHERE contact.member_id = ANY(ids) AND contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM members_suppression AS stop WHERE stop.channel = contact.channel
                        AND stop.address_hash = members_reach_hash(contact.channel::text, contact.address::text)
                )
            GROUP BY contact.member_id
        ) AS works ON works.member_id = consent.member_id
        WHERE consent.member_id = ANY(ids) AND consent.withdrawn_at IS NULL AND consent.scheme_id IS NULL
        GROUP BY consent.member_id, consent.organisation_id
    ) AS agreed ON agreed.member_id = member.id
    LEFT JOIN members_memberplace AS place ON place.member_id = member.id AND place.member_id = ANY(ids)
    LEFT JOIN (
        SELECT choice.member_id, bit_or(bit.one) FILTER (WHERE choice.wanted) AS yes,
            bit_or(bit.one) FILTER (WHERE NOT choice.wanted) AS no,
            bool_or(choice.from_minute IS NOT NULL OR choice.until_minute IS NOT NULL) AS hours
        FROM members_preference AS choice
        CROSS JOIN LATERAL (SELECT CASE WHEN choice.priority BETWEEN 1 AND 5 THEN
            {bit_of("choice.channel")}
                << (8 * (choice.priority - 1)) ELSE 0 END AS one) AS bit
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
"""  # noqa: S608 - our own words only

# The last four bits of `agreed` (agreed at all) move as a fifth purpose would.
WIDER = " | ".join(f"((({{column}} >> {4 * n}) & 15)::bigint << {8 * n})" for n in range(5))
NARROWER = " | ".join(f"((({{column}} >> {8 * n}) & 15)::integer << {4 * n})" for n in range(5))
_TYPES = "ALTER TABLE members_reach ALTER agreed TYPE {type} USING {agreed}, ALTER wants TYPE {type} USING {wants};"


def _typed(kind: str, sql: str) -> str:
    return _TYPES.format(type=kind, agreed=sql.format(column="agreed"), wants=sql.format(column="wants"))


_DROP = "DROP FUNCTION members_reach_rows(bigint[]);"


class Migration(migrations.Migration):
    """Make room for more ways."""

    dependencies = [("members", "0009_who_was_in_a_scheme")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="reach",
                    name="agreed",
                    field=models.BigIntegerField(
                        help_text="Bits: what is agreed and works, 8 channels for each of 4 purposes; "
                        "then 4: agreed by any channel."
                    ),
                ),
                migrations.AlterField(
                    model_name="reach",
                    name="wants",
                    field=models.BigIntegerField(
                        help_text="Bits: what is wanted, 8 channels for each of 5 priorities."
                    ),
                ),
            ],
            # One statement for both: the table and its index are written once.
            database_operations=[
                migrations.RunSQL(_typed("bigint", WIDER), _typed("integer", NARROWER)),
                migrations.RunSQL(_DROP + ROWS, _DROP + _BEFORE.replace("CREATE OR REPLACE", "CREATE")),
            ],
        ),
    ]
