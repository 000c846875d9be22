"""What the tables of `layers` are made of: names by language, copies in metres, ranges of time."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import GeomOutputGeoFunc, Transform
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db.models import Func, Value

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


class DateRange(Func):
    """`daterange(from, to, '[)')`."""

    function = "DATERANGE"
    output_field = DateRangeField()


class TimestampRange(Func):
    """`tstzrange(from, to, '[)')`."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()
