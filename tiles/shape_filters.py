"""What may be asked of boundaries and assets: the filters of the reports, as far as they mean something there.

`services` and `group` choose the layers or classes that decide for these services,
`body` who answers or owns (with its offices), `from` and `to` what was in force or
stood there on any of these days; today if no day is given. `state` and `status` are
checked and change nothing: neither a boundary nor an asset has one, and a map sends
one filter to all its layers.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from issues.models import Service
from layers.models import AssetClass, Layer
from tiles import query_texts
from tiles.errors import FilterInvalid

FIRST_DAY, LAST_DAY = (date(year, 1, 1) for year in (query_texts.YEARS[0], query_texts.YEARS[-1]))


@dataclass(frozen=True)
class Shapes:
    """Of these services, groups and bodies, in force on any of these days; empty means all, no day means today."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None

    def asked(self) -> dict[str, tuple[str, ...] | date | None]:
        """By name; one day is `on`."""
        is_one = self.first_day == self.last_day
        return {
            "services": self.services,
            "group": self.groups,
            "body": self.bodies,
            "on": self.first_day if is_one else None,
            "from": None if is_one else self.first_day,
            "to": None if is_one else self.last_day,
        }

    def parameters(self) -> dict[str, Any]:
        """body_ids, None = all; first_day and last_day."""
        given = self.first_day or self.last_day
        return {
            "body_ids": query_texts.body_ids(self.bodies),
            "first_day": self.first_day or (FIRST_DAY if given else query_texts.today()),
            "last_day": self.last_day or (LAST_DAY if given else query_texts.today()),
        }

    def deciding(self, through: str) -> set[int] | None:
        """Ids of the layers or asset classes that decide for the services asked; None where no service is asked."""
        asked = query_texts.service_ids(self.services, self.groups)
        if asked is None:
            return None
        return set(Service.objects.filter(pk__in=asked).values_list(through, flat=True)) - {None}


@dataclass(frozen=True)
class BoundaryQuestion:
    """Which boundaries: of these layers, and what `Shapes` says."""

    layers: tuple[str, ...] = ()
    shapes: Shapes = Shapes()

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return query_texts.query_string({"layer": self.layers, **self.shapes.asked()})

    def parameters(self) -> dict[str, Any]:
        """layer_ids (public ones only), body_ids, first_day, last_day."""
        public = dict(Layer.objects.filter(is_public=True).values_list("slug", "id"))
        # A layer that is not public is answered like one that does not exist.
        query_texts.refuse_unknown("layer", self.layers, public)
        wanted = {public[slug] for slug in self.layers or public}
        deciding = self.shapes.deciding("layers")
        if deciding is not None:
            wanted &= deciding
        return {"layer_ids": sorted(wanted), **self.shapes.parameters()}


@dataclass(frozen=True)
class AssetQuestion:
    """Which assets: of these classes, and what `Shapes` says."""

    classes: tuple[str, ...] = ()
    shapes: Shapes = Shapes()

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return query_texts.query_string({"class": self.classes, **self.shapes.asked()})

    def parameters(self) -> dict[str, Any]:
        """asset_class_ids and body_ids, None = all; first_day, last_day."""
        wanted = self.shapes.deciding("asset_classes")
        if self.classes:
            known = dict(AssetClass.objects.filter(slug__in=self.classes).values_list("slug", "id"))
            query_texts.refuse_unknown("class", self.classes, known)
            wanted = set(known.values()) if wanted is None else wanted & set(known.values())
        return {"asset_class_ids": None if wanted is None else sorted(wanted), **self.shapes.parameters()}


def boundary_question(query: QueryDict) -> BoundaryQuestion:
    """Read `layer`, `on` and the filters of the reports; raises as `filters.report_question`."""
    return BoundaryQuestion(query_texts.codes(query, "layer"), _shapes(query, "layer"))


def asset_question(query: QueryDict) -> AssetQuestion:
    """Read `class`, `on` and the filters of the reports; raises as `filters.report_question`."""
    return AssetQuestion(query_texts.codes(query, "class"), _shapes(query, "class"))


def _shapes(query: QueryDict, own: str) -> Shapes:
    query_texts.refuse_other_parameters(query, (own, "on", *query_texts.REPORT_FILTERS))
    query_texts.states(query)
    on, (first, last) = query_texts.day(query, "on"), query_texts.first_and_last_day(query)
    if on and (first or last):
        raise FilterInvalid(_("on is one day, from and to are several: leave one of the two out."))
    if on or (first and first == last):
        one = on or first
        first = last = None if one == query_texts.today() else one
    return Shapes(
        services=query_texts.codes(query, "services"),
        groups=query_texts.codes(query, "group"),
        bodies=query_texts.codes(query, "body"),
        first_day=first,
        last_day=last,
    )
