"""Bodies and the offices below them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from layers.models import Body


def bodies_with_offices(slugs: Iterable[str]) -> QuerySet[Body]:
    """The named bodies and their offices, two levels down (department, borough, district)."""
    wanted = list(slugs)
    return Body.objects.filter(Q(slug__in=wanted) | Q(parent__slug__in=wanted) | Q(parent__parent__slug__in=wanted))
