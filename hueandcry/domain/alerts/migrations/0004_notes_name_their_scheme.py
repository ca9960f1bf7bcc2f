"""The messages of notes that were sent before messages said whose own they are."""

from django.db import migrations

WHOSE = """
    UPDATE messaging_message AS message SET scheme_id = note.scheme_id
    FROM alerts_note AS note WHERE message.kind = 'note' AND message.about = 'note:' || note.ref
"""


class Migration(migrations.Migration):
    """Write the scheme of each note beside its message."""

    dependencies = [("alerts", "0003_notes_of_schemes"), ("messaging", "0008_own_messages_of_a_scheme")]

    operations = [migrations.RunSQL(WHOSE, migrations.RunSQL.noop)]
