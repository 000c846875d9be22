"""One page of a queue that staff work through, with what its filters and page links need."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from frontend.posted import number_of

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class QueuePage(Generic[Row]):
    """The rows of one page. `context` is what `_desk_pages.html` and the links of the queue take."""

    rows: list[Row]
    context: dict[str, object]


def queue_page(request: HttpRequest, queue: QuerySet[Row]) -> QueuePage[Row]:
    """The page that `?page=` names, the first where it names none; past the end it has no rows."""
    number = max(1, number_of(request.GET.get("page"), digits=6) or 1)
    first = (number - 1) * PAGE_SIZE
    found = list(queue[first : first + PAGE_SIZE + 1])
    filters = request.GET.copy()
    filters.pop("page", None)
    context = {
        "has_next": len(found) > PAGE_SIZE,
        "page_number": number,
        "query": request.GET.urlencode(),
        "filter_query": filters.urlencode(),
    }
    return QueuePage(found[:PAGE_SIZE], context)
