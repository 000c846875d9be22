"""The demo's members of staff, so that visitors can look behind the counter. Never in production."""

import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from issues.models import Membership, Service, ServiceGroup, ServiceRequest
from layers.models import Asset, AssetClass, BasemapFeature, Body, Boundary, City, Jurisdiction, Layer

PACK_TABLES = (City, Body, Layer, Jurisdiction, Boundary, AssetClass, Asset, BasemapFeature, ServiceGroup, Service)
"""What the arbitrator may look at in the admin."""


def create_demo_staff(tables: list[dict[str, Any]], login_file: Path | None) -> None:
    """Upsert the pack's demo staff by user name.

    Passwords are made up once and kept in `login_file`, one `name password` a
    line, readable by this account only; the demo databases of several cities
    share them. None writes nothing and leaves users without a usable password.
    """
    known = _read(login_file)
    lines = []
    for table in tables:
        user, _ = get_user_model().objects.get_or_create(username=table["username"])
        user.first_name, user.last_name = table.get("first_name", ""), table.get("last_name", "")
        user.is_staff = bool(table.get("arbitrator"))
        password = known.get(user.username) or secrets.token_urlsafe(9)
        if login_file is None:
            user.set_unusable_password()
        elif not user.check_password(password):
            user.set_password(password)
        user.save()
        lines.append(f"{user.username} {password}")
        if table.get("arbitrator"):
            user.user_permissions.set(_arbitrator_permissions())
        if "body" in table:
            Membership.objects.get_or_create(user=user, body=Body.objects.get(slug=table["body"]))
    if login_file is not None:
        _write(login_file, lines)


def _arbitrator_permissions() -> list[Permission]:
    content_types = ContentType.objects.get_for_models(*PACK_TABLES, ServiceRequest)
    wanted = [("arbitrate", content_types[ServiceRequest]), ("publish", content_types[Layer])]
    wanted += [(f"view_{model._meta.model_name}", content_types[model]) for model in PACK_TABLES]
    return [Permission.objects.get(codename=codename, content_type=kind) for codename, kind in wanted]


def _read(login_file: Path | None) -> dict[str, str]:
    if login_file is None or not login_file.exists():
        return {}
    pairs = [line.split() for line in login_file.read_text(encoding="utf-8").splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _write(login_file: Path, lines: list[str]) -> None:
    login_file.parent.mkdir(parents=True, exist_ok=True)
    login_file.unlink(missing_ok=True)
    login_file.touch(mode=0o600)
    login_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
