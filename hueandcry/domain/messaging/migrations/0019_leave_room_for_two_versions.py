from django.db import migrations

# Being claimed and being sent follow each other within milliseconds: with half of a page free the second often found the
# first still in the way of somebody's snapshot, moved to another page and wrote into every index.
_MORE = "ALTER TABLE messaging_delivery SET (fillfactor = 40);"
_LESS = "ALTER TABLE messaging_delivery SET (fillfactor = 50);"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0018_know_words_of_providers_by_a_hash")]

    operations = [migrations.RunSQL(_MORE, _LESS)]
