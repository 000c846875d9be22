"""Writes a pack's service groups and services with what decides them (`services.toml`)."""

from pathlib import Path
from typing import Any

from issues.models import Service, ServiceGroup
from issues.services.public_points import refresh_public_points
from layers.errors import PackContentInvalid
from layers.models import AssetClass, Layer
from layers.pack.files import need, read_toml

DEFAULT_DEADLINE_WORKING_DAYS = 8


def load_services(pack: Path) -> dict[str, Service]:
    """Upsert groups and services by slug and code; all services of the pack by code.

    Services that the pack no longer has are switched off, not deleted: reports
    refer to them.
    """
    content = read_toml(pack, "services.toml")
    where = pack / "services.toml"
    groups = _load_groups(content.get("group", []), str(where))
    tables = content.get("service", [])
    services = {
        need(table, "code", str(where)): _load_service(table, groups, f"{where}, {table['code']}") for table in tables
    }
    if len(services) < len(tables):
        raise PackContentInvalid(f"{where} has the same code twice.")
    Service.objects.exclude(service_code__in=services).update(is_active=False)
    return services


def _load_groups(tables: list[dict[str, Any]], where: str) -> dict[str, ServiceGroup]:
    groups = {}
    for position, table in enumerate(tables):
        group, _ = ServiceGroup.objects.update_or_create(
            slug=need(table, "slug", where),
            defaults={"names": need(table, "name", where), "position": position, "color": need(table, "color", where)},
        )
        groups[group.slug] = group
    return groups


def _load_service(table: dict[str, Any], groups: dict[str, ServiceGroup], where: str) -> Service:
    if need(table, "group", where) not in groups:
        raise PackContentInvalid(f"{where}: there is no group {table['group']!r}.")
    before = Service.objects.filter(service_code=table["code"]).first()
    service, _ = Service.objects.update_or_create(
        service_code=table["code"],
        defaults={
            "group": groups[table["group"]],
            "names": need(table, "name", where),
            "descriptions": table.get("description", {}),
            "keywords": table.get("keywords", {}),
            "deadline_working_days": table.get("deadline", DEFAULT_DEADLINE_WORKING_DAYS),
            "exact_point_is_public": table.get("exact_point", True),
            "is_active": True,
        },
    )
    if before and before.exact_point_is_public != service.exact_point_is_public:
        refresh_public_points(service)
    layers, classes = table.get("layers", []), table.get("asset_classes", [])
    if not layers and not classes:
        raise PackContentInvalid(f"{where}: no layer and no asset class decides this service.")
    service.layers.set(_found(Layer, layers, where))
    service.asset_classes.set(_found(AssetClass, classes, where))
    return service


def _found(model: Any, slugs: list[str], where: str) -> list[Any]:
    found = {row.slug: row for row in model.objects.filter(slug__in=slugs)}
    if missing := set(slugs) - found.keys():
        raise PackContentInvalid(f"{where}: there is no {model._meta.verbose_name} {', '.join(sorted(missing))}.")
    return [found[slug] for slug in slugs]
