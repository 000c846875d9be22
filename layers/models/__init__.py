"""The bodies of a city and what they answer for: areas and things.

Geometry is EPSG:4326, `lon, lat`; `*_m` columns are copies in the city's
projected SRID, kept by the database itself (generated columns), so that
distances and areas are in metres.
"""

from layers.models.areas import (
    BasemapFeature,
    Body,
    Boundary,
    BoundaryPiece,
    City,
    GeographyChange,
    Jurisdiction,
    Layer,
)
from layers.models.assets import ALWAYS, Asset, AssetClass, AssetCorrection, AssetVersion
from layers.models.base import LONGEST_EDGE_DEG, DateRange, Named, Segmentize, TimestampRange, metre_copy
from layers.models.drafts import ImportDraft
from layers.models.publications import GoldenPoint, Publication

__all__ = [
    "ALWAYS",
    "LONGEST_EDGE_DEG",
    "Asset",
    "AssetClass",
    "AssetCorrection",
    "AssetVersion",
    "BasemapFeature",
    "Body",
    "Boundary",
    "BoundaryPiece",
    "City",
    "DateRange",
    "GeographyChange",
    "GoldenPoint",
    "ImportDraft",
    "Jurisdiction",
    "Layer",
    "Named",
    "Publication",
    "Segmentize",
    "TimestampRange",
    "metre_copy",
]
