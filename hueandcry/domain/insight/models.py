"""Who lives in an area, and how many members it had on the days on which figures were frozen."""

from django.db import models


class Population(models.Model):
    """How many households a census counted in one area; open data."""

    area = models.OneToOneField("places.Area", on_delete=models.CASCADE, primary_key=True)
    households = models.PositiveIntegerField()
    source = models.CharField(max_length=120)


class Headcount(models.Model):
    """How many members of one organisation lived in an area on the day on which the figures were frozen."""

    area = models.ForeignKey("places.Area", on_delete=models.CASCADE, db_index=False)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    on = models.DateField()
    members = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "organisation", "on"], name="insight_headcount_is_once_a_day"),
        ]
        indexes = [models.Index(fields=["organisation", "-on"], name="insight_headcount_by_day")]
