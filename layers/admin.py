"""The pack's tables for administrators, with maps."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from leaflet.admin import LeafletGeoAdmin

from layers.models import Asset, AssetClass, Body, Boundary, Jurisdiction, Layer


class MapAdmin(LeafletGeoAdmin):
    """A map widget over the raster base map, where the city has one."""

    settings_overrides = {
        "TILES": [("", settings.RASTER_BASEMAP.url, settings.RASTER_BASEMAP.attribution)]
        if settings.RASTER_BASEMAP
        else []
    }


@admin.register(Body)
class BodyAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "kind", "parent"]
    list_filter = ["kind"]
    search_fields = ["slug", "names"]
    autocomplete_fields = ["parent"]


@admin.register(Layer)
class LayerAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "rank", "is_public", "source"]


@admin.register(Jurisdiction)
class JurisdictionAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "layer", "body"]
    list_filter = ["layer"]
    search_fields = ["code", "names", "body__slug"]
    autocomplete_fields = ["body"]
    list_select_related = ["layer", "body"]

    def get_readonly_fields(self, request: HttpRequest, obj: Jurisdiction | None = None) -> list[str]:
        """Published areas keep their body: another body takes over by a publication."""
        return ["layer", "code", "body"] if obj and obj.boundaries.exists() else []


@admin.register(Boundary)
class BoundaryAdmin(MapAdmin):
    """New boundaries can be drawn; of those in force only the last day can be set.

    A decision points at the boundary it was made by, so its shape must stay.
    """

    list_display = ["jurisdiction", "valid_from", "valid_to", "recorded_at"]
    list_filter = ["jurisdiction__layer"]
    search_fields = ["jurisdiction__code", "jurisdiction__names"]
    list_select_related = ["jurisdiction"]
    autocomplete_fields = ["jurisdiction"]
    exclude = ["superseded_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Boundary]:
        """Lists do not load megabytes of vertices."""
        return super().get_queryset(request).defer("geom", "geom_m")

    def get_readonly_fields(self, request: HttpRequest, obj: Boundary | None = None) -> list[str]:
        if obj is None:
            return ["recorded_at"]
        ended = ["valid_to"] if obj.valid_to else []
        return ["recorded_at", "jurisdiction", "valid_from", "source", *ended]

    def get_form(self, request: HttpRequest, obj: Boundary | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.base_fields["geom"].widget.modifiable = obj is None
        form.base_fields["geom"].disabled = obj is not None
        return form

    def save_model(self, request: HttpRequest, obj: Boundary, form: ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=["valid_to"])
        else:
            obj.save()

    def has_delete_permission(self, request: HttpRequest, obj: Boundary | None = None) -> bool:
        return False


@admin.register(AssetClass)
class AssetClassAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "snap_distance_m", "default_owner"]
    autocomplete_fields = ["default_owner"]


@admin.register(Asset)
class AssetAdmin(MapAdmin):
    """A change holds from today on, or from the day given; what it replaces stays askable, so nothing is deleted."""

    list_display = ["external_id", "asset_class", "owner", "valid_from", "gone_on"]
    list_filter = ["asset_class"]
    search_fields = ["external_id"]
    autocomplete_fields = ["owner"]
    list_select_related = ["asset_class", "owner"]

    def has_delete_permission(self, request: HttpRequest, obj: Asset | None = None) -> bool:
        return False
