"""The import map: bare module names to static addresses, which carry a hash in production."""

import json
import re
from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Copied there by the set-up (frontend/package.json, "vendored").
VENDORED = {
    "pbf": "vendor/pbf.js",
    "@mapbox/point-geometry": "vendor/point-geometry.js",
    "@mapbox/vector-tile": "vendor/vector-tile.js",
}
STATIC = Path(__file__).resolve().parent.parent / "static"
OWN_MODULES = STATIC / "frontend" / "js"
IMPORTED = re.compile(r"""^import .*from ["']([^"']+)["'];$""", re.MULTILINE)


@register.simple_tag
@cache  # a running server keeps to the files it started with: newer ones have no static address in it yet
def import_map() -> str:
    """The JSON of the import map: vendored packages, and each `js/<name>.js` of ours as `citypin/<name>`."""
    own = {f"citypin/{file.stem}": f"frontend/js/{file.name}" for file in sorted(OWN_MODULES.glob("*.js"))}
    addresses = {name: static(path) for name, path in (VENDORED | own).items()}
    # "<" cannot close the script element from inside a JSON string.
    return mark_safe(json.dumps({"imports": addresses}).replace("<", "\\u003c"))


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """Links for all that `citypin/<name>` imports: over a slow network asked at once, not one layer after the other."""
    links = ((static(path),) for path in _imported_by(f"citypin/{name}"))
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', links)


@cache
def _imported_by(module: str) -> tuple[str, ...]:
    """Paths of the module and of all modules below it, each once."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = VENDORED.get(each, f"frontend/js/{each.removeprefix('citypin/')}.js")
            waiting += IMPORTED.findall((STATIC / found[each]).read_text(encoding="utf-8"))
    return tuple(found.values())
