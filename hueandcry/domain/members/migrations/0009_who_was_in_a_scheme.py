"""Who was in a scheme got its own messages by the ways by which they heard from its organisation: so they go on."""

from django.db import migrations

# Being a member was the only proof there was, and it says so. Nobody is given a way by which no message could have come.
AGREE = """
    INSERT INTO members_consent (member_id, organisation_id, scheme_id, purpose, channel, wording, how, taken_by,
        given_at, evidence, withdrawn_by)
    SELECT DISTINCT part.member_id, scheme.organisation_id, scheme.id, 'scheme', agreed.channel, '2026-11-scheme-was',
        'import', 'system:program', part.joined_at, 'member of the scheme before 2026-11', ''
    FROM members_membership AS part
    JOIN members_scheme AS scheme ON scheme.id = part.scheme_id AND scheme.state = 'active'
    JOIN members_member AS member ON member.id = part.member_id AND member.state <> 'left'
    JOIN members_consent AS agreed ON agreed.member_id = part.member_id
        AND agreed.organisation_id = scheme.organisation_id AND agreed.scheme_id IS NULL
        AND agreed.withdrawn_at IS NULL
    WHERE part.left_at IS NULL AND part.state = 'in'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Write down for everybody who is in a scheme that they hear from it."""

    dependencies = [("members", "0008_agree_to_a_scheme")]

    operations = [migrations.RunSQL(AGREE, migrations.RunSQL.noop)]
