"""A way that the words of a message may not take: nobody is tried by it whom another does not reach."""

from django.db import migrations, models

import hueandcry.domain.members.rules.kinds


class Migration(migrations.Migration):
    """Add the column; as long as it is empty, every way may be taken."""

    dependencies = [("messaging", "0015_share_what_is_charged")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="never_by",
            field=models.CharField(
                blank=True,
                choices=hueandcry.domain.members.rules.kinds.Channel.choices,
                db_default="",
                default="",
                help_text="A way that its words may not take, whatever else does not reach somebody.",
                max_length=10,
            ),
        ),
    ]
