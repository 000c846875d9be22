"""Answers that any cache between us and the reader may keep and hand to everybody."""

import re

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.utils.cache import get_conditional_response

from tiles.tile_cache import KeptBody

GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")

# A tile holds every language's names and knows no user. LocaleMiddleware marks each
# answer as differing by language, and a cache would hold it once a reader.
NOT_FOR_EVERYBODY = {"accept-language", "cookie"}


class SharedHeaders(ResponseHeaders):
    """Headers that stay free of what would tie an answer to one reader, whatever middleware adds."""

    def __setitem__(self, name: str, value: str | bytes | int) -> None:
        if name.lower() == "content-language":
            return
        if name.lower() == "vary":
            kept = [part.strip() for part in str(value).split(",")]
            value = ", ".join(part for part in kept if part.lower() not in NOT_FOR_EVERYBODY)
            if not value:
                return
        super().__setitem__(name, value)


class SharedResponse(HttpResponse):
    """A response with `SharedHeaders`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.headers = SharedHeaders(self.headers)


def shared_answer(request: HttpRequest, kept: KeptBody, content_type: str, max_age_s: int) -> HttpResponse:
    """The body with its ETag, in gzip for who takes that; 304 if the reader has it already; 204 if it is empty."""
    keep = f"public, max-age={max_age_s}"
    if not kept.body:
        empty = SharedResponse(status=204, headers={"Cache-Control": keep})
        del empty["Content-Type"]
        return empty
    headers = {"Cache-Control": keep, "ETag": f'"{kept.tag}"'}
    body = kept.body
    if packed := kept.packed() if _takes_gzip(request) else b"":
        # One tag for both encodings: weak, because the bytes differ.
        body, headers["ETag"], headers["Content-Encoding"] = packed, f'W/"{kept.tag}"', "gzip"
    headers["Vary"] = "Accept-Encoding"
    response = SharedResponse(body, content_type=content_type, headers=headers)
    if get_conditional_response(request, etag=f'"{kept.tag}"', response=response) is response:
        return response
    not_modified = SharedResponse(status=304, headers={**headers, "ETag": f'"{kept.tag}"'})
    del not_modified["Content-Type"]
    return not_modified


def _takes_gzip(request: HttpRequest) -> bool:
    return bool(GZIP.search(request.headers.get("Accept-Encoding", "")))
