"""The audit trail is only ever added to: the database itself refuses to change or delete a record (ADR 5).

The one way to delete is the retention job's: it says `SET LOCAL hueandcry.keeping = 'on'` in its transaction, deletes what
has had its time, and logs how much. Nothing changes a record, retention neither.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0001_first")]

    operations = [
        migrations.RunSQL(
            sql="""
                CREATE FUNCTION records_record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'DELETE' AND current_setting('hueandcry.keeping', true) = 'on' THEN
                        RETURN OLD;
                    END IF;
                    RAISE EXCEPTION 'The audit trail is only ever added to: % of a record is refused.', lower(TG_OP)
                        USING ERRCODE = 'integrity_constraint_violation',
                              CONSTRAINT = 'records_record_is_append_only',
                              TABLE = 'records_record';
                END
                $$;
                CREATE TRIGGER records_record_is_append_only BEFORE UPDATE OR DELETE ON records_record
                    FOR EACH ROW EXECUTE FUNCTION records_record_is_append_only();
            """,
            reverse_sql="""
                DROP TRIGGER records_record_is_append_only ON records_record;
                DROP FUNCTION records_record_is_append_only();
            """,
        ),
    ]
