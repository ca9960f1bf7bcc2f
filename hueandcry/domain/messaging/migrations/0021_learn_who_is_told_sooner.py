from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0012_choose_whatsapp"),
        ("messaging", "0020_post_in_each_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="lag",
            name="better",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Ways (bits of Channel) to take instead, where this one would be the first.",
            ),
        ),
        migrations.AddField(
            model_name="lag",
            name="measured",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Of how many it is known how long they took."
            ),
        ),
        migrations.AddField(
            model_name="lag",
            name="nearly_s",
            field=models.PositiveIntegerField(help_text="Nine in ten of them took no longer.", null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="moved",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="For how many another way came first, by what worked for them."
            ),
        ),
        migrations.AddIndex(
            model_name="lag",
            index=models.Index(condition=models.Q(("better__gt", 0)), fields=["member"], name="messaging_lag_moved"),
        ),
    ]
