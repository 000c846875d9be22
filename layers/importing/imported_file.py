"""A file of areas or things with what its columns mean: the same for commands, pages and services."""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from layers.errors import FileColumnsInvalid
from layers.importing.reading import ReadOptions, no_column


@dataclass(frozen=True)
class ImportedFile:
    """`key_field` is the column of the source's own code or id, by which a row is recognised.

    `name_fields` are columns by language; `body` (a slug) is for all rows, `body_field` a column of slugs.
    """

    path: Path
    key_field: str
    name_fields: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    body_field: str | None = None
    options: ReadOptions = field(default_factory=ReadOptions)

    def check_columns(self, frame: gpd.GeoDataFrame) -> None:
        """FileColumnsInvalid, with those there are, where a column that was named is not there."""
        for column in [self.key_field, self.body_field, *self.name_fields.values()]:
            if column and column not in frame:
                raise FileColumnsInvalid(no_column(self.path, column, frame.columns))
