"""Answers that any cache between us and the reader may keep and hand to everybody."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.utils.cache import get_conditional_response

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


def shared_answer(request: HttpRequest, body: bytes, content_type: str, max_age_s: int) -> HttpResponse:
    """The body with its ETag; 304 if the reader has it already; 204 if there is nothing in it."""
    keep = f"public, max-age={max_age_s}"
    if not body:
        empty = SharedResponse(status=204, headers={"Cache-Control": keep})
        del empty["Content-Type"]
        return empty
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": keep, "ETag": etag}
    response = SharedResponse(body, content_type=content_type, headers=headers)
    if get_conditional_response(request, etag=etag, response=response) is response:
        return response
    not_modified = SharedResponse(status=304, headers=headers)
    del not_modified["Content-Type"]
    return not_modified
