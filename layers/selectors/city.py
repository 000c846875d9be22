"""The loaded city."""

from django.conf import settings
from django.contrib.gis.geos import Point

from layers.errors import CityNotLoaded
from layers.models import City


def the_city() -> City:
    """The one loaded city; CityNotLoaded if `load_city` has not run."""
    city = City.objects.defer("outline").first()
    if city is None:
        raise CityNotLoaded("The database holds no city: run `manage.py load_city`.")
    return city


def city_covers(lon: float, lat: float) -> bool:
    """Whether the point (EPSG:4326) lies inside the city's outline or on its edge."""
    return City.objects.filter(outline__covers=Point(lon, lat, srid=4326)).exists()


def point_in_metres(lon: float, lat: float) -> Point:
    """The point (EPSG:4326) in the city's metre SRID, as `*_m` columns hold it."""
    point = Point(lon, lat, srid=4326)
    point.transform(settings.CITY.srid)
    return point
