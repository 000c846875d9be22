"""Which computed layer a map asks for: the newest that is published, or one by its number."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tiles.errors import FilterInvalid, FilterUnknown, HotspotLayerUnknown
from tiles.models import HotspotLayer


@dataclass(frozen=True)
class HotspotLayerQuestion:
    """One published layer by its id; None: the newest, and nothing where none is published."""

    layer: int | None = None

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return "" if self.layer is None else f"layer={self.layer}"

    def parameters(self) -> dict[str, Any]:
        """layer_id and size_m, both None where there is nothing to show; HotspotLayerUnknown for an unknown id."""
        published = HotspotLayer.objects.filter(status=HotspotLayer.Status.PUBLISHED)
        if self.layer is not None:
            published = published.filter(pk=self.layer)
        found = published.order_by("-published_at", "-id").values_list("id", "cell_size_m").first()
        if found is None and self.layer is not None:
            raise HotspotLayerUnknown(
                _("No hotspot layer %(number)d is published. Leave layer out for the newest.") % {"number": self.layer}
            )
        layer_id, size_m = found or (None, None)
        return {"layer_id": layer_id, "size_m": size_m}


def hotspot_layer_question(query: QueryDict) -> HotspotLayerQuestion:
    """Read `layer`; FilterUnknown or FilterInvalid with a sentence otherwise."""
    for name in query:
        if name != "layer":
            raise FilterUnknown(
                _("There is no parameter “%(name)s” here. Leave it out; this layer knows: %(known)s.")
                % {"name": name[:40], "known": "layer"}
            )
    text = query.get("layer", "")
    if text and not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise FilterInvalid(_("layer is “%(text)s”: write the number of a layer.") % {"text": text[:40]})
    return HotspotLayerQuestion(int(text) if text else None)
