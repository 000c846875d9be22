"""The staff's list of layers: what is in force since when, from where, and every day of it as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend.staff import staff_page
from issues.selectors.topology_watch import findings_by_layer, last_checked
from layers.models import ImportDraft
from layers.selectors.overview import asset_classes_at_a_glance, layers_at_a_glance
from layers.services.formats import FORMATS


@staff_page
@require_safe
def layers_page(request: HttpRequest) -> HttpResponse:
    """All layers and asset classes; for publishers also the drafts that wait."""
    today = timezone.localdate()
    drafts = ImportDraft.objects.none()
    if request.user.has_perm("layers.publish"):
        drafts = (
            ImportDraft.objects.filter(settled_at=None)
            .select_related("layer", "asset_class", "user")
            .defer("content", "plan", "preview")[:20]
        )
    layers, findings = layers_at_a_glance(today), findings_by_layer()
    context = {
        "layers": [{**vars(item), "findings": findings[item.layer.slug]} for item in layers],
        "checked_at": last_checked(),
        "asset_classes": asset_classes_at_a_glance(),
        "formats": list(FORMATS.values()),
        "today": today,
        "drafts": drafts,
    }
    return render(request, "frontend/layers.html", context)
