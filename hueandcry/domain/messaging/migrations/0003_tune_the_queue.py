"""Keep the queue lean: room on each page for updates, and vacuum before dead rows pile up (sending.md section 6)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_claims_look_by_message")]

    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE messaging_delivery SET (
                    fillfactor = 80,
                    autovacuum_vacuum_scale_factor = 0.02,
                    autovacuum_vacuum_insert_scale_factor = 0.05,
                    autovacuum_analyze_scale_factor = 0.05,
                    autovacuum_vacuum_cost_delay = 0
                );
                ALTER TABLE messaging_receipt SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
            """,
            reverse_sql="""
                ALTER TABLE messaging_delivery RESET (
                    fillfactor,
                    autovacuum_vacuum_scale_factor,
                    autovacuum_vacuum_insert_scale_factor,
                    autovacuum_analyze_scale_factor,
                    autovacuum_vacuum_cost_delay
                );
                ALTER TABLE messaging_receipt RESET (fillfactor, autovacuum_vacuum_scale_factor);
            """,
        ),
    ]
