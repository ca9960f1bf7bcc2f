from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='postcode',
            name='edition',
            field=models.CharField(default='1900-01', help_text='Year and month of the file it came from; a newer one wins.', max_length=7),
            preserve_default=False,
        ),
    ]
