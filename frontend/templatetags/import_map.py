"""The import map: bare module names to static addresses, which carry a hash in production."""

import json
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.safestring import mark_safe

register = template.Library()

# Copied there by the set-up (frontend/package.json, "vendored").
VENDORED = {
    "pbf": "vendor/pbf.js",
    "@mapbox/point-geometry": "vendor/point-geometry.js",
    "@mapbox/vector-tile": "vendor/vector-tile.js",
}
OWN_MODULES = Path(__file__).resolve().parent.parent / "static" / "frontend" / "js"


@register.simple_tag
def import_map() -> str:
    """The JSON of the import map: vendored packages, and each `js/<name>.js` of ours as `citypin/<name>`."""
    own = {f"citypin/{file.stem}": f"frontend/js/{file.name}" for file in sorted(OWN_MODULES.glob("*.js"))}
    addresses = {name: static(path) for name, path in (VENDORED | own).items()}
    # "<" cannot close the script element from inside a JSON string.
    return mark_safe(json.dumps({"imports": addresses}).replace("<", "\\u003c"))
