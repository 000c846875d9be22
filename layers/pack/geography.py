"""Bodies, layers, assets and base map of a pack, with every template filled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from layers.errors import PackContentInvalid
from layers.pack.files import need, read_toml
from layers.pack.sources import Feature, Source, as_multipolygon

Names = dict[str, str]

OFFICE_COLORS = (
    "#1d4ed8", "#15803d", "#b45309", "#7c3aed", "#be123c", "#0f766e",
    "#a16207", "#4338ca", "#0e7490", "#9d174d", "#4d7c0f", "#c2410c", "#6b21a8",
)  # fmt: skip
"""Dealt out in turn; 13 is prime, so offices numbered row by row rarely meet their own colour."""


@dataclass(frozen=True)
class PackBody:
    """One body; `parent` is the slug of another."""

    slug: str
    names: Names
    kind: str
    color: str
    parent: str | None
    advice: Names


@dataclass(frozen=True)
class PackBoundary:
    """One version of one area of a layer."""

    code: str
    names: Names
    body: str
    geometry: shapely.MultiPolygon
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class PackLayer:
    """One layer with all its boundaries, oldest version first."""

    slug: str
    names: Names
    rank: int
    source: str
    licence: str
    is_public: bool
    boundaries: tuple[PackBoundary, ...]


def read_bodies(pack: Path, sources: dict[str, Source]) -> list[PackBody]:
    """The bodies, parents before their offices."""
    content = read_toml(pack, "bodies.toml")
    where = str(pack / "bodies.toml")
    bodies = [_body(table, where) for table in content.get("body", [])]
    for table in content.get("offices", []):
        bodies += _offices(table, sources, where)
    slugs = [body.slug for body in bodies]
    twice = {slug for slug in slugs if slugs.count(slug) > 1}
    if twice:
        raise PackContentInvalid(f"{where} names a body twice: {', '.join(sorted(twice))}.")
    for body in bodies:
        if body.parent is not None and body.parent not in slugs[: slugs.index(body.slug)]:
            raise PackContentInvalid(f"{where}: the parent {body.parent!r} of {body.slug!r} does not come before it.")
    return bodies


def _body(table: dict[str, Any], where: str) -> PackBody:
    slug = need(table, "slug", where)
    return PackBody(
        slug=slug,
        names=need(table, "name", f"{where}, {slug}"),
        kind=need(table, "kind", f"{where}, {slug}"),
        color=table.get("color", "#4b5563"),
        parent=table.get("parent"),
        advice=table.get("advice", {}),
    )


def _offices(table: dict[str, Any], sources: dict[str, Source], where: str) -> Iterator[PackBody]:
    """One office for each feature of a source."""
    features = _source(sources, need(table, "source", where), where).features(table.get("only"))
    for number, feature in enumerate(features):
        yield PackBody(
            slug=feature.fill(need(table, "slug", where)),
            names=feature.names(need(table, "name", where)),
            kind=table.get("kind", "district_office"),
            color=OFFICE_COLORS[number % len(OFFICE_COLORS)],
            parent=table.get("parent"),
            advice={},
        )


def read_layers(pack: Path, sources: dict[str, Source]) -> list[PackLayer]:
    """The layers with their boundaries."""
    content = read_toml(pack, "layers.toml")
    defaults = content.get("defaults", {})
    return [_layer(table, defaults, sources, pack / "layers.toml") for table in content.get("layer", [])]


def _layer(table: dict[str, Any], defaults: dict[str, Any], sources: dict[str, Source], path: Path) -> PackLayer:
    where = f"{path}, layer {table.get('slug')!r}"
    versions = table.get("versions") or [
        {
            "source": need(table, "source", where),
            "valid_from": table.get("valid_from", defaults.get("valid_from")),
        }
    ]
    boundaries: list[PackBoundary] = []
    for version in versions:
        boundaries += _boundaries(table, version, sources, where)
    if not boundaries:
        raise PackContentInvalid(f"{where} has no area: does its filter fit the source?")
    newest = _source(sources, versions[-1]["source"], where)
    return PackLayer(
        slug=need(table, "slug", where),
        names=need(table, "name", where),
        rank=need(table, "rank", where),
        source=newest.origin,
        licence=newest.licence,
        is_public=table.get("is_public", True),
        boundaries=tuple(boundaries),
    )


def _boundaries(
    table: dict[str, Any], version: dict[str, Any], sources: dict[str, Source], where: str
) -> Iterator[PackBoundary]:
    source = _source(sources, version["source"], where)
    body_by_code: dict[str, str] = table.get("body_by_code", {})
    for feature in source.features(table.get("only"), table.get("except")):
        code = feature.fill(need(source.table, "code", f"source {source.name}"))
        if body_by_code and code not in body_by_code:
            continue
        body = body_by_code[code] if body_by_code else feature.fill(need(table, "body", where))
        yield PackBoundary(
            code=code,
            names=feature.names(need(table, "area_name", where)),
            body=body,
            geometry=as_multipolygon(feature.geometry),
            valid_from=need(version, "valid_from", where),
            valid_to=version.get("valid_to"),
            source=source.origin,
        )


def _source(sources: dict[str, Source], name: str, where: str) -> Source:
    if name not in sources:
        raise PackContentInvalid(f"{where} asks for the source {name!r}; there are {', '.join(sources)}.")
    return sources[name]


def features_of(table: dict[str, Any], sources: dict[str, Source], where: str) -> Iterator[Feature]:
    """The features that a table of assets.toml or basemap.toml asks for."""
    return _source(sources, need(table, "source", where), where).features(table.get("only"), table.get("except"))
