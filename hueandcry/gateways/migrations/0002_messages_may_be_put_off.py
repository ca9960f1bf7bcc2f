from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateways', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='sandboxmessage',
            name='put_off',
            field=models.BooleanField(default=False, help_text='Was told to try again: not on the phone yet.'),
        ),
    ]
