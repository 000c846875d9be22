"""One page of a queue that staff work through: its rows, and what its filters and page links need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from frontend.posted import number_of

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Fact:
    """A short word about a row. `look`: its classes in CSS."""

    words: str
    look: str


@dataclass(frozen=True)
class QueueRow:
    """One row as `_queue_rows.html` shows it. `path`: its page; `pk`: of what stands on the map, if anything.

    Beside the title stands `aside`, or the day of `at`.
    """

    path: str
    title: str
    facts: tuple[Fact, ...]
    pk: int | None = None
    aside: str = ""
    at: datetime | None = None
    line: str = ""


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
