"""Answers that any cache between us and the reader may keep and hand to everybody."""

import re
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.utils.http import parse_etags

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
    if not kept.body:
        return _without_body(answer(status=204, headers={"Cache-Control": keep}))
    encoding, body = _packed(kept, _encodings_taken(request.META.get("HTTP_ACCEPT_ENCODING", "")))
    # One tag for all encodings: weak where bytes are packed, because they differ.
    tag = f'W/"{kept.tag}"' if encoding else f'"{kept.tag}"'
    headers = {"Cache-Control": keep, "ETag": tag, "Vary": "Accept-Encoding"}
    if _is_known(kept.tag, request.META.get("HTTP_IF_NONE_MATCH", "")):
        return _without_body(answer(status=304, headers=headers))
    if encoding:
        headers["Content-Encoding"] = encoding
    return answer(body, content_type=content_type, headers={**headers, "Content-Length": str(len(body))})


@lru_cache(maxsize=256)
def _encodings_taken(accepted: str) -> tuple[str, ...]:
    """Encodings that a reader takes, best first."""
    return tuple(encoding for encoding, pattern in ENCODINGS.items() if pattern.search(accepted))


def _packed(kept: KeptBody, taken: tuple[str, ...]) -> tuple[str, bytes]:
    """The encoding, "" for none, and the body in it."""
    for encoding in taken:
        if packed := kept.packed(encoding):
            return encoding, packed
    return "", kept.body


def _is_known(tag: str, known: str) -> bool:
    """Whether an If-None-Match names the tag, weak or not. `get_conditional_response` would build an answer, too."""
    if not known:
        return False
    tags = parse_etags(known)
    return tags == ["*"] or f'"{tag}"' in {each.removeprefix("W/") for each in tags}


def _without_body(response: HttpResponse) -> HttpResponse:
    del response["Content-Type"]
    return response
