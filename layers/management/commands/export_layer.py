"""`manage.py export_layer SLUG FILE`: a layer as it was on a day, or a class of assets, as a file."""

from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import CityPinError
from layers.models import AssetClass, Layer
from layers.services.formats import format_of


class Command(BaseCommand):
    """Writes one file."""

    help = "Write a layer, or a class of assets, as it was on a day as GeoJSON, GeoPackage or GeoParquet."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("slug", help="a layer, or an asset class")
        parser.add_argument("file", type=Path, help="ends in .geojson, .gpkg or .parquet; replaced if it exists")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="the day (default: today)")
        parser.add_argument(
            "--known-at", type=datetime.fromisoformat, metavar="TIME", help="as the records stood then (default: now)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Find what the slug names and write it."""
        # Geopandas costs 0.7 s to import, which --help must not pay.
        from layers.selectors.frames import asset_table, layer_frame
        from layers.services.export_layer import write_frame, write_frames

        slug, path, day = options["slug"], options["file"], options["on"] or timezone.localdate()
        known_at = options["known_at"]
        if known_at is not None and timezone.is_naive(known_at):
            known_at = timezone.make_aware(known_at)
        try:
            format_of(path.suffix)
            if layer := Layer.objects.filter(slug=slug).first():
                frame = layer_frame(layer, day, known_at)
                write_frame(frame, path, slug)
                count = len(frame)
            elif asset_class := AssetClass.objects.filter(slug=slug).first():
                found = asset_table(asset_class, day, known_at)
                count = write_frames(found.frames, path, slug, found.geometry_type)
            else:
                raise CommandError(f"There is no layer and no asset class {slug!r}. {_known()}")
        except (CityPinError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: {count:,} rows, {path.stat().st_size / 1e6:,.1f} MB")


def _known() -> str:
    layers = ", ".join(Layer.objects.order_by("slug").values_list("slug", flat=True))
    classes = ", ".join(AssetClass.objects.values_list("slug", flat=True))
    return f"Layers: {layers or 'none'}. Asset classes: {classes or 'none'}."
