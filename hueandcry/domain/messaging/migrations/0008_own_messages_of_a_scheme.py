"""A message says whose own it is, when it is a scheme's: it goes to those who agreed to hear from that scheme."""

import django.db.models.deletion
from django.db import migrations, models

class Migration(migrations.Migration):
    """Add the scheme to messages."""

    dependencies = [
        ("members", "0009_who_was_in_a_scheme"),
        ("messaging", "0007_words_in_other_languages"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="scheme",
            field=models.ForeignKey(
                db_index=False,
                help_text="Whose own message it is; goes to those who agreed to that scheme's.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.scheme",
            ),
        ),
    ]
