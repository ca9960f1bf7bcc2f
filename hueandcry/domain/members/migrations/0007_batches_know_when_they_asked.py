"""When those who came without evidence were asked to agree again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("members", "0006_keep_reach")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="asked_at",
            field=models.DateTimeField(
                help_text="When those without evidence were asked to agree again.", null=True
            ),
        ),
    ]
