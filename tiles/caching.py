"""Answers that any cache between us and the reader may keep and hand to everybody."""

import re

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.utils.cache import get_conditional_response

from tiles.tile_cache import KeptBody

ENCODINGS = {
    name: re.compile(rf"(?:^|[\s,]){name}(?=\s*(?:,|;|$))(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
    for name in ("br", "gzip")
}
"""Best first; each with what an Accept-Encoding says that takes it."""

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
    """`encoded_answer` that any cache may keep so long and hand to everybody."""
    return encoded_answer(request, kept, content_type, f"public, max-age={max_age_s}", SharedResponse)


def encoded_answer(
    request: HttpRequest, kept: KeptBody, content_type: str, keep: str, answer: type[HttpResponse] = HttpResponse
) -> HttpResponse:
    """The body with its ETag, in the best encoding the reader takes; 304 if he has it already; 204 if it is empty."""
    headers = {"Cache-Control": keep}
    if not kept.body:
        return _without_body(answer(status=204, headers=headers))
    # One tag for all encodings: weak where bytes are packed, because they differ.
    headers |= {"ETag": f'"{kept.tag}"', "Vary": "Accept-Encoding"}
    encoding, body = _packed(request, kept)
    if encoding:
        headers["ETag"] = f'W/"{kept.tag}"'
    if get_conditional_response(request, etag=f'"{kept.tag}"'):
        return _without_body(answer(status=304, headers=headers))
    if encoding:
        headers["Content-Encoding"] = encoding
    return answer(body, content_type=content_type, headers={**headers, "Content-Length": str(len(body))})


def _packed(request: HttpRequest, kept: KeptBody) -> tuple[str, bytes]:
    """The encoding, "" for none, and the body in it."""
    taken = request.META.get("HTTP_ACCEPT_ENCODING", "")
    for encoding, pattern in ENCODINGS.items():
        if pattern.search(taken) and (packed := kept.packed(encoding)):
            return encoding, packed
    return "", kept.body


def _without_body(response: HttpResponse) -> HttpResponse:
    del response["Content-Type"]
    return response
