"""Staged corrections of things: anyone proposes; `decide_corrections` is what staff do with them."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo.points import check_lonlat
from layers.errors import AssetUnknown, CorrectionInvalid, TooManyCorrections
from layers.models import Asset, AssetCorrection, Body
from layers.selectors.city import city_covers

Kind, State = AssetCorrection.Kind, AssetCorrection.State

TEXT_LIMIT = 500
MOVED_M = 1.0
"""Less is how well a phone knows where it is."""
MOST_WAITING_PER_ASSET = 10
MOST_PER_HOUR = 300
"""By people without an account, in the whole city: more than that no staff reads."""


@dataclass(frozen=True)
class Proposal:
    """What somebody says of a thing. `body` (a slug) with kind `owner`; `lon, lat` (EPSG:4326) with kind `moved`."""

    asset_id: int
    kind: str
    text: str = ""
    body: str | None = None
    lon: object = None
    lat: object = None


@dataclass(frozen=True)
class Proposed:
    """The correction; `created` is False where the same one waited already."""

    correction: AssetCorrection
    created: bool


@transaction.atomic
def propose_asset_correction(proposal: Proposal, *, user: Any = None) -> Proposed:
    """Store what somebody says, for staff to judge; nothing else changes.

    Raises
    ------
    AssetUnknown
        There is no such thing.
    CorrectionInvalid
        The kind is none, lacks or has too much of what it needs, or is so already.
    PointInvalid
        `lon, lat` are no place on Earth.
    TooManyCorrections
        So many wait for this thing, or came in the last hour, that more would not be read.
    """
    # The row's lock makes two equal proposals wait for each other.
    asset = Asset.objects.select_for_update(no_key=True).defer("geom_m").filter(pk=proposal.asset_id).first()
    if asset is None:
        raise AssetUnknown(_("There is no asset %(id)s.") % {"id": proposal.asset_id})
    if asset.gone_on is not None:
        raise CorrectionInvalid(_("That object is known to be gone since %(day)s.") % {"day": asset.gone_on})
    if proposal.kind not in Kind.values:
        raise CorrectionInvalid(_("Say what is wrong: one of %(kinds)s.") % {"kinds": ", ".join(Kind.values)})
    text, body, point = correction_text(proposal.text), _body(proposal, asset), _point(proposal, asset)
    waiting = AssetCorrection.objects.filter(asset=asset, state=State.PROPOSED)
    for found in waiting.filter(kind=proposal.kind, body=body):
        if point is None or (found.point is not None and _metres(found.point, point) < MOVED_M):
            return Proposed(found, created=False)
    if waiting.count() >= MOST_WAITING_PER_ASSET:
        raise TooManyCorrections(_("Many corrections of this object wait for an answer already. Thank you."))
    if user is None:
        since = timezone.now() - timedelta(hours=1)
        if AssetCorrection.objects.filter(proposed_by=None, proposed_at__gte=since).count() >= MOST_PER_HOUR:
            raise TooManyCorrections(_("Too many corrections came in the last hour. Try again later."))
    correction = AssetCorrection.objects.create(
        asset=asset, kind=proposal.kind, text=text, body=body, point=point, proposed_by=user
    )
    return Proposed(correction, created=True)


def correction_text(text: str) -> str:
    """Without outer white space, with unified line ends; CorrectionInvalid if too long or unprintable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > TEXT_LIMIT:
        raise CorrectionInvalid(
            _("The text has %(length)s characters; at most %(limit)s fit. Shorten it.")
            % {"length": len(text), "limit": TEXT_LIMIT}
        )
    if not all(letter.isprintable() or letter in "\n\t" for letter in text):
        raise CorrectionInvalid(_("The text holds characters that cannot be shown. Type it again."))
    return text


def _body(proposal: Proposal, asset: Asset) -> Body | None:
    if proposal.kind != Kind.OWNER:
        if proposal.body:
            raise CorrectionInvalid(_("A body is named only for an object of another owner."))
        return None
    slug = proposal.body or ""
    body = None if "\x00" in slug else Body.objects.filter(slug=slug).first()
    if body is None:
        raise CorrectionInvalid(_("Name the body that it belongs to; there is no “%(slug)s”.") % {"slug": slug[:80]})
    if body.pk == asset.owner_id:
        raise CorrectionInvalid(_("It belongs to %(body)s already.") % {"body": body.name})
    return body


def _point(proposal: Proposal, asset: Asset) -> Point | None:
    if proposal.kind != Kind.MOVED:
        if proposal.lon is not None or proposal.lat is not None:
            raise CorrectionInvalid(_("A place is given only for an object that was moved."))
        return None
    if asset.geom.geom_type != "Point":
        raise CorrectionInvalid(_("Only an object that is a point can be moved."))
    lon, lat = check_lonlat(proposal.lon, proposal.lat)
    if not city_covers(lon, lat):
        raise CorrectionInvalid(_("That place is outside the city. Move the pin, or check the numbers."))
    point = Point(lon, lat, srid=4326)
    if _metres(asset.geom, point) < MOVED_M:
        raise CorrectionInvalid(_("It stands there already."))
    return point


def _metres(first: Point, second: Point) -> float:
    """Distance of two points (EPSG:4326) in the city's metre SRID."""
    one, other = first.clone(), second.clone()
    one.transform(settings.CITY.srid)
    other.transform(settings.CITY.srid)
    return math.hypot(one.x - other.x, one.y - other.y)
