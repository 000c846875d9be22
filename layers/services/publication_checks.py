"""What must hold of every publication, and what follows it. Apps above add theirs when they start.

`layers` knows no reports, so it cannot replay golden points or measure harm:
`issues.apps` adds both here.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from layers.models import AssetClass, Layer, Publication

CHECK_LOCK = 7302
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """What is being published, within its transaction: everything is written already.

    Of a layer (`jurisdictions` are the ids of those whose boundaries changed) or
    of an asset class. What was known before is what is known just before
    `recorded_at`. `accepted` holds reasons by the name of what may change.
    """

    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    source: str
    layer: Layer | None = None
    asset_class: AssetClass | None = None
    jurisdictions: frozenset[int] = frozenset()
    accepted: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[Change], list[dict[str, Any]]]
"""Raises PublicationRefused, or returns what it let pass: [{'name', 'before', 'after', 'reason'}]."""
Follower = Callable[[Publication], None]
"""Called after the commit; what it raises is logged and undoes nothing."""

_checks: dict[str, Check] = {}
_followers: dict[str, Follower] = {}


def add_check(name: str, check: Check) -> None:
    """Let `check` judge every publication from now on. A second one of that name replaces the first."""
    _checks[name] = check


def add_follower(name: str, follower: Follower) -> None:
    """Let `follower` hear of every publication from now on. A second one of that name replaces the first."""
    _followers[name] = follower


def conclude(change: Change, *, added: int, superseded: int, user: Any = None) -> Publication | None:
    """Judge and record a change; None where nothing changed. To be called within its transaction.

    Raises
    ------
    PublicationRefused
        A check refuses: let it out of the transaction, so that everything is rolled back.
    """
    if not (added or superseded):
        return None
    with connection.cursor() as cursor:
        # Two layers at once: each might pass alone and both together not. The second waits for the first's commit.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHECK_LOCK])
    accepted = [passed for check in _checks.values() for passed in check(change)]
    publication = Publication.objects.create(
        layer=change.layer,
        asset_class=change.asset_class,
        valid_from=change.valid_from,
        valid_to=change.valid_to,
        recorded_at=change.recorded_at,
        source=change.source[:300],
        published_by=user,
        added=added,
        superseded=superseded,
        jurisdictions=sorted(change.jurisdictions),
        accepted_changes=accepted,
    )
    transaction.on_commit(lambda: _tell(publication))
    return publication


def _tell(publication: Publication) -> None:
    for name, follower in _followers.items():
        try:
            follower(publication)
        except Exception:
            logger.exception("%s could not follow publication %s", name, publication.pk)
