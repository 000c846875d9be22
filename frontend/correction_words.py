"""What a correction of a thing says and would change, in the words of a page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from frontend.case_map import geojson_geometry
from frontend.forms.asset_corrections import kind_words
from layers.models import Asset, AssetCorrection

Kind, State = AssetCorrection.Kind, AssetCorrection.State


@dataclass(frozen=True)
class CorrectionWords:
    """One correction in words; `claim` says what is wrong, `change` what accepting it would do."""

    correction: AssetCorrection
    claim: str
    change: str

    @property
    def thing(self) -> str:
        """Class and id of the thing, as it is written on it."""
        return thing_words(self.correction.asset)


def thing_words(asset: Asset) -> str:
    """Class and id of a thing."""
    return f"{asset.asset_class.name} {asset.external_id}"


def correction_words(correction: AssetCorrection) -> CorrectionWords:
    """The words for a correction with thing, class, owner and body joined."""
    claim = kind_words()[correction.kind]
    if correction.body is not None:
        claim = _("It belongs to %(body)s") % {"body": correction.body.name}
    return CorrectionWords(correction, claim, _change(correction))


def _change(correction: AssetCorrection) -> str:
    if correction.body is not None:
        return f"{correction.asset.owner.name} → {correction.body.name}"
    if correction.point is not None:
        return _("It moves by %(metres)s m.") % {"metres": f"{_metres(correction):.0f}"}
    if correction.kind == Kind.NOT_HERE:
        return _("It is gone from that day on; what it was stays known.")
    return _("Nothing in whose it is or where. Tell its owner.")


def decision_words(correction: AssetCorrection) -> str:
    """Who decided it and how; "" while it waits."""
    if correction.state == State.PROPOSED:
        return ""
    person = correction.decided_by.get_full_name() or correction.decided_by.get_username()  # type: ignore[union-attr]
    text = _("%(person)s accepted it.") if correction.state == State.ACCEPTED else _("%(person)s refused it.")
    return text % {"person": person}


def correction_shapes(corrections: Iterable[AssetCorrection]) -> list[dict[str, object]]:
    """Where the things stand and are said to stand, as GeoJSON features (EPSG:4326) with `kind` now or said."""
    features: list[dict[str, object]] = []
    for correction in corrections:
        words = correction_words(correction)
        places = [(correction.asset.geom, "now", f"{words.thing}: {correction.asset.owner.name}")]
        if correction.point is not None:
            places.append((correction.point, "said", words.claim))
        for shape, kind, label in places:
            properties = {
                "kind": kind,
                "label": label,
                "snap_m": correction.asset.asset_class.snap_distance_m,
                "correction": correction.pk,
            }
            features.append({"type": "Feature", "properties": properties, "geometry": geojson_geometry(shape)})
    return features


def _metres(correction: AssetCorrection) -> float:
    shapes = (correction.asset.geom, correction.point)
    now, said = (shape.transform(settings.CITY.srid, clone=True) for shape in shapes)  # type: ignore[union-attr]
    return float(now.distance(said))
