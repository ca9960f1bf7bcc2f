from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0006_count_a_week_and_bundle'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='frames',
            field=models.JSONField(blank=True, default=dict, help_text='The same words for members who chose another language: cy, pl.'),
        ),
    ]
