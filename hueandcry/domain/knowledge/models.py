"""The shared vocabulary of interests, alerts and reports."""

from django.db import models


class Topic(models.Model):
    """A subject that members may choose and alerts are about: hare coursing, fuel theft, livestock on the road."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    asks = models.CharField(max_length=160, blank=True, help_text="What an alert on this topic asks people.")
    is_open = models.BooleanField(default=True, help_text="Offered to members and on new alerts.")
