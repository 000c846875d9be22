"""What pages read out of a request, and how they answer a post."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect


def number_of(text: str | None, *, digits: int = 18) -> int | None:
    """A whole number from 0 as somebody sent it; None for anything else.

    The default takes every id that fits PostgreSQL's bigint. `int` alone would
    also take "١٢", " 5 " and "1_000", and be slow on a million digits.
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


def see_other(to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """To the page where the answer to a post is read (303): a reload there does not post again.

    Takes what `redirect` takes: an object, the name of a page, or an address.
    """
    response = redirect(to, *args, **kwargs)
    response.status_code = 303
    return response
