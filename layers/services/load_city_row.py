"""The database's one city row, and whether the database was made for this city at all."""

import shapely
from django.db import connection
from django.utils import timezone

from geo.city import City as CityOfPack
from layers.errors import CityMismatch
from layers.models import City
from layers.services.load_geography import to_geos

METRE_COLUMNS = (
    ("layers_boundary", "geom_m"),
    ("layers_boundarypiece", "geom_m"),
    ("layers_asset", "geom_m"),
    ("layers_assetversion", "geom_m"),
    ("issues_servicerequest", "point_m"),
)


def check_database_fits(city: CityOfPack) -> None:
    """Refuse a database whose metre columns have another city's SRID, or that holds another city.

    Raises
    ------
    CityMismatch
        The message says what to do.
    """
    with connection.cursor() as cursor:
        for table, column in METRE_COLUMNS:
            cursor.execute("SELECT Find_SRID(current_schema()::text, %s, %s)", [table, column])
            srid = cursor.fetchone()[0]
            if srid != city.srid:
                raise CityMismatch(
                    f"This database measures in EPSG:{srid} ({table}.{column}), {city.slug} needs EPSG:{city.srid}: "
                    "use another database for this city (DATABASE_URL), or an empty one and `manage.py migrate`."
                )
    stored = City.objects.exclude(slug=city.slug).first()
    if stored:
        raise CityMismatch(
            f"This database holds the city {stored.slug!r}, not {city.slug!r}: give each city a database of its own."
        )


def save_city(city: CityOfPack, outline: shapely.MultiPolygon) -> None:
    """Write the city's row, not yet with a digest: a load that breaks off is not taken for a finished one."""
    City.objects.update_or_create(
        id=1, defaults={"slug": city.slug, "names": city.names, "outline": to_geos(outline), "pack_digest": ""}
    )


def mark_loaded(digest: str) -> None:
    """Say which state of the pack the database now holds."""
    City.objects.filter(id=1).update(pack_digest=digest, loaded_at=timezone.now())
