"""Writes a simulation: a table and a map of the moved reports, and the summary. For staff: the points are exact."""

import csv
import json
from pathlib import Path

from issues.models import Service
from issues.services.simulate import Moved, Simulation

COLUMNS = (
    "service_request", "service_code", "lon", "lat", "from_outcome", "from_body", "to_outcome", "to_body",
)  # fmt: skip


def write_simulation(simulation: Simulation, folder: Path) -> list[Path]:
    """Write `moved.csv`, `moved.geojson` (EPSG:4326) and `summary.json` into the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in ("moved.csv", "moved.geojson", "summary.json")]
    rows = moved_rows(simulation.moved)
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    paths[1].write_text(json.dumps({"type": "FeatureCollection", "features": [_feature(row) for row in rows]}))
    paths[2].write_text(json.dumps(simulation.summary(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def moved_rows(moved: list[Moved]) -> list[dict[str, object]]:
    """Each moved report by the names of `COLUMNS`."""
    codes = dict(Service.objects.values_list("pk", "service_code"))
    return [
        dict(
            zip(
                COLUMNS,
                (
                    each.service_request,
                    codes[each.service_id],
                    each.lon,
                    each.lat,
                    each.before.outcome.value,
                    each.before.body,
                    each.after.outcome.value,
                    each.after.body,
                ),
                strict=True,
            )
        )
        for each in moved
    ]


def _feature(row: dict[str, object]) -> dict[str, object]:
    properties = {name: value for name, value in row.items() if name not in ("lon", "lat")}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "properties": properties,
    }
