"""Areas, their boundaries, postcodes, addresses, names and ways."""

from django.contrib.postgres.indexes import GistIndex
from django.db import models

from hueandcry.domain.places.rules import AreaKind, PlaceKind, WayKind
from hueandcry.kit.fields import BoxField, PointField
from hueandcry.kit.refs import new_long_ref


class Area(models.Model):
    """One area of the tree (force, district, beat, parish, ward, LSOA, OA) in one vintage."""

    kind = models.CharField(max_length=10, choices=AreaKind.choices)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    vintage = models.CharField(max_length=20, help_text="The year or edition of the boundary set, e.g. 2021.")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "vintage", "code"], name="places_area_code_is_unique_in_vintage"),
        ]
        indexes = [models.Index(fields=["parent"], name="places_area_by_parent")]


class Boundary(models.Model):
    """The outline of one area: WKB of a valid (multi)polygon in WGS84 degrees, with its box."""

    area = models.OneToOneField(Area, on_delete=models.CASCADE, primary_key=True)
    shape = models.BinaryField()
    box = BoxField()
    corners = models.PositiveIntegerField()
    mended = models.CharField(max_length=200, blank=True, help_text="What was wrong with the outline as published.")

    class Meta:
        indexes = [GistIndex(fields=["box"], name="places_boundary_by_box")]


class Postcode(models.Model):
    """One postcode and its point; a rural one may span miles, so its point is never exact."""

    code = models.CharField(max_length=7, primary_key=True, help_text="Without its space: PR32NL.")
    point = PointField()
    uncertainty_m = models.FloatField()
    ended_on = models.DateField(null=True)
    edition = models.CharField(max_length=7, help_text="Year and month of the file it came from; a newer one wins.")
    source = models.CharField(max_length=40)

    class Meta:
        indexes = [GistIndex(fields=["point"], name="places_postcode_by_point")]


class Address(models.Model):
    """One address of a list that the force may use (AddressBase): the house that somebody picks when they join."""

    uprn = models.BigIntegerField(primary_key=True, help_text="Unique Property Reference Number.")
    postcode = models.CharField(max_length=7, help_text="Without its space: PR32NL.")
    line = models.CharField(max_length=160, help_text="As people write it, without the postcode.")
    point = PointField()
    source = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["postcode"], name="places_address_by_postcode")]


class Place(models.Model):
    """A name on the map (town, village, farm, bridge) with its point and how far off that may be."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    folded = models.CharField(max_length=120, help_text="The name in capitals without accents or signs, for look-up.")
    within = models.CharField(max_length=160, blank=True, help_text="What tells it from others of the same name.")
    kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    point = PointField()
    uncertainty_m = models.FloatField()
    source = models.CharField(max_length=40)

    class Meta:
        indexes = [
            models.Index(fields=["folded"], name="places_place_by_name", opclasses=["varchar_pattern_ops"]),
            GistIndex(fields=["point"], name="places_place_by_point"),
        ]


class Way(models.Model):
    """A road, track or river as a line: WKB in WGS84 degrees."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=WayKind.choices)
    shape = models.BinaryField()
    box = BoxField()
    source = models.CharField(max_length=40)

    class Meta:
        indexes = [GistIndex(fields=["box"], name="places_way_by_box")]


class Barrier(models.Model):
    """A line that people do not cross (an estuary, a motorway, a railway): WKB in WGS84 degrees, drawn by the force."""

    ref = models.CharField(max_length=12, unique=True, default=new_long_ref)
    name = models.CharField(max_length=80)
    shape = models.BinaryField()
    box = BoxField()
    made_by = models.CharField(max_length=80, help_text="Reference of who drew it.")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [GistIndex(fields=["box"], name="places_barrier_by_box")]
