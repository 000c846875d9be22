"""Polygons, lines and points that a pack takes from elsewhere: `[sources.*]` of layers.toml.

A source is a file of an installed package, or of the pack itself. It is read
once, made valid only where needed, and brought to EPSG:4326 only if it is not.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import PackContentInvalid
from layers.pack.files import carried_file, need, read_toml

HSTORE_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
"""One pair of GDAL's OSM `other_tags` column."""


@dataclass(frozen=True)
class Feature:
    """One row of a source: its geometry and the words for the pack's templates.

    `words` maps a field to its text by language; the language "" is the text
    for every language that has none of its own, and for codes and slugs.
    """

    geometry: BaseGeometry
    words: dict[str, dict[str, str]]
    row: dict[str, Any]

    def fill(self, template: str, language: str = "") -> str:
        """`template` with each {field} replaced by this feature's word."""

        def word(found: re.Match[str]) -> str:
            name = found.group(1)
            if name not in self.words:
                raise PackContentInvalid(f"The template {template!r} asks for {{{name}}}, which the source lacks.")
            return self.words[name].get(language) or self.words[name][""]

        return re.sub(r"\{(\w+)\}", word, template)

    def names(self, templates: dict[str, str]) -> dict[str, str]:
        """`templates` by language, filled; languages that come out empty are left out."""
        filled = {language: self.fill(template, language) for language, template in templates.items()}
        return {language: text for language, text in filled.items() if text}


@dataclass
class Source:
    """One `[sources.NAME]` table and, once read, its rows."""

    name: str
    path: Path
    table: dict[str, Any]
    words: dict[str, dict[str, dict[str, str]]]
    licence: str
    repaired: int = 0
    dropped: int = 0

    @property
    def origin(self) -> str:
        """Where it comes from, in one sentence, for the map and the tables."""
        return str(self.table["origin"])

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """The rows as valid geometries in EPSG:4326."""
        frame = self._read()
        if frame.crs is not None and frame.crs.to_epsg() != 4326:
            frame = frame.to_crs(4326)
        unusable = frame.geometry.isna() | frame.geometry.is_empty
        self.dropped = int(unusable.sum())
        frame = frame[~unusable].reset_index(drop=True)
        broken = ~frame.geometry.is_valid
        self.repaired = int(broken.sum())
        if self.repaired:
            frame.loc[broken, "geometry"] = frame.geometry[broken].make_valid()
        return frame

    def _read(self) -> gpd.GeoDataFrame:
        with warnings.catch_warnings():
            # GDAL warns for every ring that the cut OSM extract leaves open; they are counted as dropped or repaired.
            warnings.simplefilter("ignore")
            options = {"layer": self.table["layer"]} if "layer" in self.table else {}
            frame = gpd.read_file(self.path, engine="pyogrio", on_invalid="ignore", **options)
        if "other_tags" in frame:
            tags = frame["other_tags"].map(
                lambda text: dict(HSTORE_PAIR.findall(text)) if isinstance(text, str) else {}
            )
            for column in self.table.get("tags", []):
                frame[column] = tags.map(lambda pairs, column=column: pairs.get(column))
        return frame

    def features(
        self, only: dict[str, list[str]] | None = None, leave_out: dict[str, list[str]] | None = None
    ) -> Iterator[Feature]:
        """The rows that fit: `only` and `leave_out` list allowed and refused texts by column ("*": any value)."""
        frame = self.frame
        for column, values in (only or {}).items():
            self._need_column(column)
            frame = frame[frame[column].notna() if values == ["*"] else frame[column].astype(str).isin(values)]
        for column, values in (leave_out or {}).items():
            self._need_column(column)
            frame = frame[frame[column].isna() if values == ["*"] else ~frame[column].astype(str).isin(values)]
        for number in frame.index:
            yield self._features[number]

    @cached_property
    def _features(self) -> list[Feature]:
        """All rows, made once: layers of one source share their geometries."""
        rows = self.frame.drop(columns="geometry").to_dict("records")
        return [
            Feature(geometry, self._words(row), row) for geometry, row in zip(self.frame.geometry, rows, strict=True)
        ]

    def _need_column(self, column: str) -> None:
        if column not in self.frame:
            raise PackContentInvalid(f"The source {self.name} has no column {column!r}: {', '.join(self.frame)}.")

    def _words(self, row: dict[str, Any]) -> dict[str, dict[str, str]]:
        """The fields' words: "a|b" means column a or else b, "boro_cd[:1]" the first character of boro_cd."""
        words: dict[str, dict[str, str]] = {}
        for name, columns in self.table.get("fields", {}).items():
            text = next((found for column in columns.split("|") if (found := _cell(row, column))), "")
            known = self.words.get(name, {}).get(text)
            if known is None:
                words[name] = {"": text}
            else:
                words[name] = {"": known.get("en", text), **known}
                words[f"{name}_slug"] = {"": known["slug"]}
        return words


def _cell(row: dict[str, Any], column: str) -> str:
    """The text of one cell, or its first characters; "" for none."""
    column, _, length = column.removesuffix("]").partition("[:")
    value = row.get(column)
    text = "" if value is None or pd.isna(value) else str(value)
    return text[: int(length)] if length else text


def read_sources(pack: Path) -> dict[str, Source]:
    """The sources of the pack's layers.toml by name; their files are read when first used."""
    content = read_toml(pack, "layers.toml")
    default_licence = content.get("defaults", {}).get("licence", "")
    sources = {}
    for name, table in content.get("sources", {}).items():
        where = f"{pack / 'layers.toml'}, [sources.{name}]"
        file = need(table, "file", where)
        need(table, "origin", where)
        path = carried_file(table["package"], file) if "package" in table else pack / file
        sources[name] = Source(
            name=name,
            path=path,
            table=table,
            words=content.get("words", {}),
            licence=table.get("licence", default_licence),
        )
    return sources


def as_multipolygon(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """The polygons of any geometry; lines and points that a repair left behind are dropped."""
    if isinstance(geometry, shapely.MultiPolygon):
        return geometry
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def repaired_and_dropped(sources: dict[str, Source]) -> tuple[int, int]:
    """How many geometries of the sources read so far were made valid, and how many had none to keep."""
    used = [source for source in sources.values() if "frame" in vars(source)]
    return sum(source.repaired for source in used), sum(source.dropped for source in used)
