"""Publishes what a draft of an import says, if it is still what somebody looked at and no golden point objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from geo.errors import CityPinError
from geo.progress import Messages, Progress, Silence
from geo.sentences import Sentence, said_by, stored
from jobs.progress import Progress as JobProgress
from layers.errors import DraftOutdated, DraftRefused, GoldenPointsMoved
from layers.models import ImportDraft
from layers.services.drafts import DraftOptions, open_draft, settle
from layers.services.import_assets import AssetOrders
from layers.services.import_boundaries import publish_plan
from layers.services.plan_draft import assets_found, boundaries_difference, boundary_plan, compare_assets, plan_draft


@dataclass(frozen=True)
class PublishOrders:
    """What the person who publishes accepts. `explained`: the reason by golden point whose answer may change."""

    skip_refused: bool = False
    trust_coordinates: bool = False
    remove_vanished: bool = False
    explained: Mapping[str, str] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, str]:
        """The explanations that hold one."""
        return {name: reason.strip() for name, reason in self.explained.items() if reason.strip()}


def publish_draft(
    draft_id: UUID, orders: PublishOrders, progress: Progress | None = None, user: User | None = None
) -> ImportDraft:
    """Publish a draft in the name of `user`; one transaction, all or nothing.

    Raises
    ------
    DraftUnknown
        It is settled or gone.
    DraftRefused, DraftOutdated, PublicationRefused, GoldenPointsMoved
        Why nothing was published.
    """
    draft = open_draft(draft_id)
    if draft.plan is None:
        raise DraftRefused(Sentence(_("First look at what would change.")))
    _refuse(draft.plan, orders)
    with transaction.atomic():
        if draft.layer is not None:
            _publish_boundaries(draft, draft.plan, orders, progress or Silence(), user)
        else:
            _store_assets(draft, draft.plan, orders, progress or Silence(), user)
        draft.plan = {key: value for key, value in draft.plan.items() if key != "refusal"}
        settle(draft, ImportDraft.State.PUBLISHED)
    return draft


def try_to_publish(
    draft_id: UUID, orders: PublishOrders, progress: Progress | None = None, user: User | None = None
) -> bool:
    """The same for pages: what stands against it is kept with the draft, and an outdated one compared again."""
    try:
        publish_draft(draft_id, orders, progress, user)
    except CityPinError as refused:
        draft = open_draft(draft_id)
        if isinstance(refused, DraftOutdated):
            draft = plan_draft(draft_id, DraftOptions.of(draft), progress)
        text, points = said_by(refused), []
        if isinstance(refused, GoldenPointsMoved):
            text = Sentence(
                _("Places whose answer must not change by accident would get another one. Explain each, or mend it.")
            )
            points = [each.as_json() for each in refused.differences]
        draft.plan = {**(draft.plan or {}), "refusal": {"code": refused.code, "text": stored(text), "points": points}}
        draft.save(update_fields=["plan"])
        return False
    return True


def compare_job(
    progress: JobProgress, *, draft: str, options: dict[str, Any], url: str, language: str
) -> dict[str, Any]:
    """A job: `plan_draft` for a large file."""
    with override(language):
        plan_draft(UUID(draft), DraftOptions(**options), Messages(progress))
    return {"url": url}


def publish_job(
    progress: JobProgress, *, draft: str, orders: dict[str, Any], url: str, language: str, user: int
) -> dict[str, Any]:
    """A job: `try_to_publish` for a large file; its page says what came out."""
    with override(language):
        try_to_publish(UUID(draft), PublishOrders(**orders), Messages(progress), User.objects.get(pk=user))
    return {"url": url}


def _refuse(found: dict[str, Any], orders: PublishOrders) -> None:
    if found["suspicions"] and not orders.trust_coordinates:
        raise DraftRefused(Sentence(_("The coordinates are suspicious. If they are right, say so below.")))
    if found["refused_count"] and not orders.skip_refused:
        raise DraftRefused(
            Sentence(
                _(
                    "Some rows cannot be used. Mend the file, allow their repair, "
                    "or say below that the rest is published."
                )
            )
        )


def _publish_boundaries(
    draft: ImportDraft, found: dict[str, Any], orders: PublishOrders, progress: Progress, user: User | None
) -> None:
    options = DraftOptions.of(draft)
    plan = boundary_plan(draft, options, progress)
    if boundaries_difference(plan) != found["difference"]:
        raise _outdated()
    source = options.source or draft.file_name
    publish_plan(plan, source, options.last_day, progress, accept_changes=orders.reasons, user=user)


def _store_assets(
    draft: ImportDraft, found: dict[str, Any], orders: PublishOrders, progress: Progress, user: User | None
) -> None:
    options = DraftOptions.of(draft)
    counts = compare_assets(
        draft,
        options,
        AssetOrders(
            commit=True,
            skip_refused=orders.skip_refused,
            trust_coordinates=orders.trust_coordinates,
            remove_vanished=orders.remove_vanished,
            since=options.first_day,
            accept_changes=orders.reasons,
            user=user,
        ),
        progress,
    )
    if assets_found(counts)["difference"] != found["difference"]:
        raise _outdated()


def _outdated() -> DraftOutdated:
    return DraftOutdated(
        Sentence(_("Meanwhile something else was published. Look at the difference again, then publish."))
    )
