"""What maps draw beside the reports themselves."""

from tiles.models.bins import BinChange, BinRow, BinState, Facet, SensitiveCell
from tiles.models.hotspots import HotspotCell, HotspotLayer

__all__ = ["BinChange", "BinRow", "BinState", "Facet", "HotspotCell", "HotspotLayer", "SensitiveCell"]
