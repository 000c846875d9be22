"""What every page needs beside its own data: the city's name, languages and notices."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info

from geo.translation import localized


def site(request: HttpRequest) -> dict[str, object]:
    """The template context that `base.html` reads; asks nothing of the database."""
    city = settings.CITY
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "city_name": localized(city.names),
        "html_lang": _html_lang(language),
        "other_languages": [
            {"code": code, "html_lang": _html_lang(code), "name": get_language_info(code)["name_local"]}
            for code, _name in settings.LANGUAGES  # a pack may name places in languages that the pages do not speak
            if code in city.languages and code != language
        ],
        "demo_notice": localized(city.demo_notice),
        "data_attribution": city.attribution,
        "example_of_coordinates": example_of_coordinates(),
    }


def example_of_coordinates() -> str:
    """Latitude and longitude of the city's middle, as people are asked to write a place."""
    lon, lat = settings.CITY.center
    return f"{lat:.4f}, {lon:.4f}"


def _html_lang(code: str) -> str:
    """`zh-hans` as HTML writes it, `zh-Hans`."""
    return "-".join(part.title() if len(part) == 4 else part for part in code.split("-"))
