from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0019_leave_room_for_two_versions")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="language",
            field=models.CharField(db_default="en", default="en", max_length=2),
        ),
        migrations.RemoveConstraint(model_name="post", name="messaging_post_is_once"),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                fields=("about", "outlet", "language", "turn", "act"), name="messaging_post_is_once"
            ),
        ),
    ]
