"""Which computed layer a map asks for: the newest published that was computed for its filter, or one by its number.

A run was computed for services, bodies, states and days; no other filter can be
answered from it. So a filter chooses among runs, and where none fits the answer is
a refusal: an empty map would say that there are no hotspots.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.models import Service
from tiles import query_texts
from tiles.errors import FilterInvalid, HotspotLayerUnknown, HotspotsNotPublished
from tiles.hotspot_question import HotspotQuestion, read_hotspot_question
from tiles.models import HotspotLayer
from tiles.rules import PUBLIC_STATES

MOST_NAMED = 5


@dataclass(frozen=True)
class HotspotLayerQuestion(query_texts.ReportFilters):
    """One published layer by its number, or by what it was computed for; the newest published if nothing is asked.

    `first_day` and `last_day`: its days lie inside. With any filter the others are
    those of all reports: every service, body and state.
    """

    layer: int | None = None

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return super().canonical() if self.layer is None else f"layer={self.layer}"

    def parameters(self) -> dict[str, Any]:
        """layer_id and size_m, both None where nothing is asked and nothing is published.

        Raises
        ------
        HotspotLayerUnknown, HotspotsNotPublished, FilterCodeUnknown
            No published layer has that number, or none was computed for that filter.
        """
        found = next(self._fitting(), None)
        if found is None and self.layer is not None:
            raise HotspotLayerUnknown(
                _("No hotspot layer %(number)d is published. Leave layer out for the newest.") % {"number": self.layer}
            )
        if found is None and self != HotspotLayerQuestion():
            raise HotspotsNotPublished(
                _("No published hotspots were computed for this filter. Leave it out, or write one of: %(known)s.")
                % {"known": "; ".join(_runs_in_words()) or _("none")}
            )
        return {"layer_id": found and found.pk, "size_m": found and found.cell_size_m}

    def _fitting(self) -> Iterator[HotspotLayer]:
        """The published layers that answer this, newest first."""
        if self == HotspotLayerQuestion():
            yield from published_layers()[:1]
            return
        if self.layer is not None:
            yield from published_layers().filter(pk=self.layer)
            return
        codes = self._service_codes()
        query_texts.body_ids(self.bodies)  # refuses what does not exist
        for layer in published_layers():
            asked = question_of(layer)
            is_of_all = not (asked.services or asked.groups)
            fits = is_of_all if codes is None else codes == set(layer.service_codes)
            fits = fits and asked.bodies == self.bodies and (asked.states or PUBLIC_STATES) == self.states
            fits = fits and (self.first_day is None or self.first_day <= layer.since)
            if fits and (self.last_day is None or layer.until <= self.last_day):
                yield layer

    def _service_codes(self) -> set[str] | None:
        asked = query_texts.service_ids(self.services, self.groups)
        if asked is None:
            return None
        return set(Service.objects.filter(pk__in=asked).values_list("service_code", flat=True))


def hotspot_layer_question(query: QueryDict) -> HotspotLayerQuestion:
    """Read `layer` or the filters of the reports; FilterUnknown or FilterInvalid with a sentence otherwise."""
    query_texts.refuse_other_parameters(query, ("layer", *query_texts.REPORT_FILTERS))
    filtered = HotspotLayerQuestion.read(query)
    text = query.get("layer", "")
    if not text:
        return filtered
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise FilterInvalid(_("layer is “%(text)s”: write the number of a layer.") % {"text": text[:40]})
    if filtered != HotspotLayerQuestion():
        raise FilterInvalid(_("layer names one computed layer: leave the other filters out."))
    return HotspotLayerQuestion(layer=int(text))


def published_layers() -> Any:
    """Published layers, newest first, without their area.

    None that counts a sensitive service: before they were refused, some may have come out.
    """
    published = HotspotLayer.objects.filter(status=HotspotLayer.Status.PUBLISHED, sensitive_codes=[])
    return published.defer("area").order_by("-published_at", "-id")


def question_of(layer: HotspotLayer) -> HotspotQuestion:
    """What the layer was computed for."""
    return read_hotspot_question(dict(parse_qsl(layer.question)))


def published_runs() -> list[dict[str, Any]]:
    """Each published layer and the filter that asks for it, for TileJSON; newest first."""
    return [
        {
            "layer": layer.pk,
            "filter": filter_of(layer),
            "published": timezone.localdate(layer.published_at).isoformat() if layer.published_at else None,
            "cell": layer.cell_kind,
            "size_m": layer.cell_size_m,
            "per": layer.per or "count",
        }
        for layer in published_layers()
    ]


def filter_of(layer: HotspotLayer) -> str:
    """The query string that asks for what this layer was computed for."""
    asked = question_of(layer)
    return HotspotLayerQuestion(
        services=asked.services,
        groups=asked.groups,
        bodies=asked.bodies,
        first_day=layer.since,
        last_day=layer.until,
        states=asked.states or PUBLIC_STATES,
    ).canonical()


def _runs_in_words() -> list[str]:
    return list(dict.fromkeys(filter_of(layer) for layer in published_layers()))[:MOST_NAMED]
