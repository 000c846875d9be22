"""Drafts of imports: kept, thrown away, cleaned up. Light: reading their files is `plan_draft`'s."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.errors import DraftUnknown
from layers.importing.uploads import check_upload, file_name
from layers.models import AssetClass, ImportDraft, Layer

KEPT_DAYS = 14
"""A draft that nobody settled is deleted after so many days, a settled one keeps its difference as long."""


@dataclass(frozen=True)
class DraftOptions:
    """How a draft's file is read and what publishing it means: the options of the commands, as JSON keeps them."""

    code_field: str = ""
    name_field: str = ""
    name_field_zh: str = ""
    body: str = ""
    body_field: str = ""
    source_crs: str = ""
    axes: str = "lonlat"
    file_layer: str = ""
    encoding: str = ""
    geometry_fields: list[str] = field(default_factory=list)
    valid_from: str = ""
    valid_to: str = ""
    keep_missing: bool = False
    source: str = ""
    repair_rows: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, draft: ImportDraft) -> "DraftOptions":
        """The options that a draft was last compared with."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in draft.options.items() if name in known})

    def as_json(self) -> dict[str, Any]:
        """For `ImportDraft.options`."""
        return asdict(self)

    @property
    def first_day(self) -> date:
        """The first day of what is to be published; today if none is named."""
        return date.fromisoformat(self.valid_from) if self.valid_from else timezone.localdate()

    @property
    def last_day(self) -> date | None:
        """The day on which what was before holds again; None for never."""
        return date.fromisoformat(self.valid_to) if self.valid_to else None

    def with_repairs(self, rows: list[int]) -> "DraftOptions":
        """The same with these rows made valid."""
        return replace(self, repair_rows=sorted(rows))


@transaction.atomic
def store_draft(
    *, target: Layer | AssetClass, name: str, content: bytes, user: User, options: DraftOptions | None = None
) -> ImportDraft:
    """Keep an uploaded file for a layer or an asset class; drafts that are too old go.

    Raises
    ------
    UploadRefused, UploadTooLarge
        See `layers.importing.uploads.check_upload`.
    """
    name = file_name(name)
    check_upload(name, content)
    drop_old_drafts()
    return ImportDraft.objects.create(
        layer=target if isinstance(target, Layer) else None,
        asset_class=target if isinstance(target, AssetClass) else None,
        file_name=name,
        content=content,
        options=(options or DraftOptions()).as_json(),
        user=user,
    )


def open_draft(draft_id: UUID) -> ImportDraft:
    """A draft that is not settled, with its file; DraftUnknown otherwise."""
    draft = ImportDraft.objects.select_related("layer", "asset_class").filter(pk=draft_id, settled_at=None).first()
    if draft is None:
        raise DraftUnknown(_("This draft is gone: it was published, thrown away, or too old. Upload the file again."))
    return draft


def discard_draft(draft: ImportDraft) -> None:
    """Throw a draft away; its file is deleted."""
    settle(draft, ImportDraft.State.DISCARDED)


def settle(draft: ImportDraft, state: ImportDraft.State) -> None:
    """End a draft: only what it says about the difference is kept."""
    draft.state, draft.settled_at, draft.content = state, timezone.now(), b""
    draft.save(update_fields=["state", "settled_at", "content", "options", "plan"])


def drop_old_drafts() -> int:
    """Delete drafts that are too old; how many there were."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return ImportDraft.objects.filter(created_at__lt=before).delete()[0]
