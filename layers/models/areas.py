"""The bodies of a city and the areas that they answer for."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q
from django.utils import timezone

from geo.translation import localized
from layers.models.base import DateRange, Named, TimestampRange, metre_copy


class City(Named):
    """The one city this database serves; a single row, written by `load_city`."""

    slug = models.SlugField(unique=True)
    outline = models.MultiPolygonField(srid=4326)
    pack_digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "cities"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_city_only"),
            models.CheckConstraint(condition=Q(outline__isvalid=True), name="city_outline_is_valid"),
        ]


class Body(Named):
    """An organisation that can be responsible for a report."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department"
        DISTRICT_OFFICE = "district_office"
        UTILITY = "utility"
        CONTRACTOR = "contractor"
        OUTSIDE = "outside"

    slug = models.SlugField(unique=True, max_length=80)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="offices")
    advice = models.JSONField(
        default=dict, blank=True, help_text="For bodies outside the city: what the citizen can do instead."
    )
    color = models.CharField(max_length=7, default="#4b5563", help_text="#rrggbb on maps")

    class Meta:
        verbose_name_plural = "bodies"
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["department", "district_office", "utility", "contractor", "outside"]),
                name="body_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="body_is_not_its_own_parent"),
        ]

    @property
    def is_city_body(self) -> bool:
        """False for an owner whom the city cannot task."""
        return self.kind != self.Kind.OUTSIDE


class Layer(Named):
    """A themed set of jurisdictions from one source; a higher rank decides first."""

    slug = models.SlugField(unique=True)
    rank = models.PositiveSmallIntegerField(help_text="Of several layers covering a point the highest rank decides.")
    source = models.CharField(max_length=300, help_text="Where the polygons come from")
    licence = models.CharField(max_length=300)
    is_public = models.BooleanField(default=True)

    class Meta:
        ordering = ["-rank", "slug"]
        permissions = [("publish", "Imports and publishes layers")]


class Jurisdiction(Named):
    """The authority of one body over one area within a layer.

    Where a body hands an area over, the next body has a jurisdiction of its own
    with the same code: the past keeps its body.
    """

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="jurisdictions")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="jurisdictions")
    code = models.CharField(max_length=80, help_text="The source's own key, stable over versions")

    class Meta:
        ordering = ["layer", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "code", "body"], name="jurisdiction_is_unique_by_layer_code_and_body"
            )
        ]


class Boundary(models.Model):
    """The polygon of a jurisdiction on the days `valid_from <= day < valid_to`.

    `recorded_at` to `superseded_at` is when this was what the city knew, so an
    old answer stays askable after a correction.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="boundaries")
    geom = models.MultiPolygonField(srid=4326)
    geom_m = metre_copy("geom", models.MultiPolygonField(srid=settings.CITY.srid, spatial_index=False))
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "boundaries"
        ordering = ["jurisdiction", "valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="boundary_geom_is_valid"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="boundary_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gt=F("recorded_at")),
                name="boundary_is_superseded_after_it_is_recorded",
            ),
            ExclusionConstraint(
                name="one_boundary_per_jurisdiction_and_day",
                violation_error_message="Another boundary of this jurisdiction is in force on one of these days.",
                expressions=[
                    ("jurisdiction", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                    (TimestampRange("recorded_at", "superseded_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} from {self.valid_from}"


class BoundaryPiece(models.Model):
    """A boundary cut into small polygons, for fast lookups.

    Kept by a database trigger on `Boundary` (migration 0002): never write here.
    A 36,000-vertex borough costs 0.5 ms per lookup whole, 0.1 ms in pieces.
    """

    boundary = models.ForeignKey(Boundary, on_delete=models.CASCADE, related_name="pieces")
    geom = models.PolygonField(srid=4326)
    geom_m = metre_copy("geom", models.PolygonField(srid=settings.CITY.srid))

    class Meta:
        indexes = [GistIndex(fields=["geom_m"], name="boundary_piece_geom_m")]

    def __str__(self) -> str:
        return f"Piece of {self.boundary_id}"


class BasemapFeature(models.Model):
    """One shape of the pack's own offline base map: land, water, park, street, building, place."""

    KINDS = ["land", "water", "park", "landuse", "building", "rail", "street", "border", "place"]

    kind = models.CharField(max_length=12)
    rank = models.PositiveSmallIntegerField(default=0, help_text="0 is drawn first and from the lowest zoom.")
    min_zoom = models.PositiveSmallIntegerField(default=0)
    names = models.JSONField(default=dict, blank=True)
    address = models.CharField(max_length=200, blank=True, help_text="Street and house number, where known")
    geom = models.GeometryField(srid=4326)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["land", "water", "park", "landuse", "building", "rail", "street", "border", "place"]
                ),
                name="basemap_kind_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {localized(self.names)}"


class GeographyChange(models.Model):
    """A transaction that changed boundaries, assets or who they belong to. Written by triggers (migration 0010)."""

    at = models.DateTimeField(default=timezone.now)
    transaction = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["at", "transaction"], name="a_transaction_notes_its_change_once")
        ]

    def __str__(self) -> str:
        return f"Change at {self.at}"
