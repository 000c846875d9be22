"""Answers tiles before sessions, users, languages and forms are looked at: a tile is the same for everybody."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from geo.errors import CityPinError
from tiles.views import tile_answer

ADDRESS = re.compile(r"/tiles/([a-z]+)/([0-9]+)/([0-9]+)/([0-9]+)\.mvt")


class TilesFirst:
    """Stands behind SecurityMiddleware. What is refused goes the long way, where the sentence gets its language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A tile that can be answered, else what all other middleware and views say."""
        if not request.path_info.startswith("/tiles/"):
            return self.get_response(request)
        answer = self._tile(request) or self.get_response(request)
        # All of it is public and the same for everybody: maps on other sites (MapLibre) may read it in browsers.
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    def _tile(self, request: HttpRequest) -> HttpResponse | None:
        if request.method in ("GET", "HEAD") and (address := ADDRESS.fullmatch(request.path_info)):
            try:
                return tile_answer(request, *address.groups())
            except CityPinError:
                pass
        return None
