"""What maps draw beside the reports themselves."""

from tiles.models.hotspots import HotspotCell, HotspotLayer

__all__ = ["HotspotCell", "HotspotLayer"]
