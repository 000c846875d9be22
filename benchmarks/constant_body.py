"""What Django and the server cost without any work."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PREFIX = "/constant/"


class ConstantFirst:
    """Answers `/constant/<bytes>` with so many bytes, before any other middleware but the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The constant body, else the product."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        body = b"x" * int(request.path_info.removeprefix(PREFIX))
        return HttpResponse(body, headers={"Content-Type": "text/plain", "Content-Length": str(len(body))})
