"""The bodies of a city and what they answer for: areas and things.

Geometry is EPSG:4326, `lon, lat`; `*_m` columns are copies in the city's
projected SRID, kept by the database itself (generated columns), so that
distances and areas are in metres.
"""

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import GeomOutputGeoFunc, Transform
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from geo.translation import localized

LONGEST_EDGE_DEG = 0.001


class Segmentize(GeomOutputGeoFunc):
    """`ST_Segmentize(geometry, longest)`: the same line with more vertices."""

    function = "ST_Segmentize"
    geom_param_pos = (0,)


def metre_copy(source: str, geometry_field: models.Field) -> models.GeneratedField:
    """A generated column holding `source` in the city's metre SRID.

    An edge that is straight in degrees is a curve in metres: the middle of a
    1.1 km edge in New York would be 2 cm off, of a 20 km edge 7 m. So edges are
    first cut to at most 0.001° (about 100 m), which leaves 0.1 mm.
    Django makes no spatial index for generated columns: declare a GistIndex.
    """
    return models.GeneratedField(
        expression=Transform(Segmentize(source, Value(LONGEST_EDGE_DEG)), settings.CITY.srid),
        output_field=geometry_field,
        db_persist=True,
    )


class Named(models.Model):
    """Something with a name in each language of the city."""

    names = models.JSONField(help_text="Name by language: {'en': …, 'zh-hans': …}")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return localized(self.names)


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


class DateRange(Func):
    """`daterange(from, to, '[)')`."""

    function = "DATERANGE"
    output_field = DateRangeField()


class TimestampRange(Func):
    """`tstzrange(from, to, '[)')`."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


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


class AssetClass(Named):
    """A kind of thing in the street; a report close enough belongs to its owner."""

    slug = models.SlugField(unique=True)
    snap_distance_m = models.FloatField()
    default_owner = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "asset classes"
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=Q(snap_distance_m__gt=0), name="snap_distance_is_positive")]


class Asset(models.Model):
    """One lamp, hydrant, street segment or park, owned by a body."""

    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="assets")
    external_id = models.CharField(max_length=80)
    owner = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="assets")
    names = models.JSONField(default=dict, blank=True)
    geom = models.GeometryField(srid=4326)
    geom_m = metre_copy("geom", models.GeometryField(srid=settings.CITY.srid))

    class Meta:
        ordering = ["asset_class", "external_id"]
        constraints = [
            models.UniqueConstraint(fields=["asset_class", "external_id"], name="external_id_is_unique_in_its_class"),
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="asset_geom_is_valid"),
        ]
        indexes = [GistIndex(fields=["geom_m"], name="asset_geom_m")]

    def __str__(self) -> str:
        return localized(self.names) or f"{self.asset_class} {self.external_id}"


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


class ImportDraft(models.Model):
    """A file that staff uploaded, or areas that they drew, with the difference that publishing would make.

    The file is kept as it came, so that the preview, the publication and the
    commands read it by the same code. It is emptied when the draft is published
    or thrown away, and after some days (`layers.services.drafts`).
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        PLANNED = "planned"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    layer = models.ForeignKey(Layer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asset_class = models.ForeignKey(AssetClass, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file's bytes; empty once the draft is settled")
    options = models.JSONField(default=dict, help_text="How to read it and what to do (drafts.DraftOptions)")
    plan = models.JSONField(null=True, blank=True, help_text="What was found when it was last compared")
    preview = models.JSONField(null=True, blank=True, help_text="The difference as GeoJSON, simplified, EPSG:4326")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(layer__isnull=False, asset_class__isnull=True)
                | Q(layer__isnull=True, asset_class__isnull=False),
                name="draft_is_for_a_layer_or_an_asset_class",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "planned"], settled_at__isnull=True)
                | Q(state__in=["published", "discarded"], settled_at__isnull=False),
                name="draft_is_settled_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="uploaded") | Q(state="discarded") | Q(plan__isnull=False),
                name="draft_is_compared_before_it_is_published",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="import_draft_time")]

    def __str__(self) -> str:
        return f"{self.file_name} for {self.layer or self.asset_class}"
