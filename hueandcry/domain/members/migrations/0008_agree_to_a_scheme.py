"""A scheme is one of those that somebody agrees to hear from; audiences go on counting the others alone."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

_BEFORE = import_module("hueandcry.domain.members.migrations.0006_keep_reach").ROWS
_FILTER = "WHERE consent.member_id = ANY(ids) AND consent.withdrawn_at IS NULL"
# The same function, but for the agreements with a scheme: those count for its own messages and for nothing else.
ROWS = _BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    _FILTER, f"{_FILTER} AND consent.scheme_id IS NULL"
)
if ROWS.count("consent.scheme_id IS NULL") != 1:
    raise AssertionError("members_reach_rows is another: say anew which agreements count.")


class Migration(migrations.Migration):
    """Add the scheme to agreements."""

    dependencies = [("members", "0007_batches_know_when_they_asked")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="scheme",
            field=models.ForeignKey(
                help_text="Whose own messages; null: what the organisation itself sends.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.scheme",
            ),
        ),
        migrations.RemoveConstraint(model_name="consent", name="members_consent_stands_once"),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("member", "organisation", "purpose", "channel", "scheme"),
                name="members_consent_stands_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose", "scheme"), ("scheme__isnull", False))
                | models.Q(models.Q(("purpose", "scheme"), _negated=True), ("scheme", None)),
                name="members_consent_for_a_scheme_names_it",
            ),
        ),
        migrations.RunSQL(ROWS, _BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
    ]
