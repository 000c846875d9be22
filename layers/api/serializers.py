"""Layers and things as programs see them."""

import json
from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from layers.api.fields import KnownAtField
from layers.models import AssetClass, AssetCorrection, Layer
from layers.selectors.assets import AssetState
from layers.services.formats import FORMATS


class LayerSerializer(serializers.ModelSerializer):
    """One layer with the addresses of its files; `name` is in the language of the request."""

    name = serializers.CharField(read_only=True)
    downloads = serializers.SerializerMethodField()

    class Meta:
        model = Layer
        # The stubs see DRF's own attribute `source`; its metaclass makes the field of the model's column.
        fields = ["slug", "name", "rank", "source", "licence", "is_public", "downloads"]

    def get_downloads(self, layer: Layer) -> dict[str, str]:
        """Addresses by ending; add `?on=YYYY-MM-DD` for a day of the past."""
        request: Any = self.context.get("request")
        return {
            ending: reverse("api_layer_file", kwargs={"slug": layer.slug, "ending": ending}, request=request)
            for ending in FORMATS
        }


class AssetClassSerializer(serializers.ModelSerializer):
    """One class of things with the addresses of its files; `name` is in the language of the request."""

    name = serializers.CharField(read_only=True)
    default_owner = serializers.CharField(source="default_owner.slug", default=None, read_only=True)
    downloads = serializers.SerializerMethodField()

    class Meta:
        model = AssetClass
        fields = ["slug", "name", "snap_distance_m", "default_owner", "downloads"]

    def get_downloads(self, asset_class: AssetClass) -> dict[str, str]:
        """Addresses by ending; add `?on=YYYY-MM-DD` for a day of the past."""
        request: Any = self.context.get("request")
        return {
            ending: reverse(
                "api_asset_class_file", kwargs={"slug": asset_class.slug, "ending": ending}, request=request
            )
            for ending in FORMATS
        }


class AssetQuestionSerializer(serializers.Serializer):
    """The query of `GET /assets/{id}`."""

    at = serializers.DateField(required=False, help_text="The day; today if left out")
    known_at = KnownAtField()


class AssetSerializer(serializers.Serializer):
    """A thing as a GeoJSON feature (RFC 7946: lon, lat)."""

    def to_representation(self, instance: AssetState) -> dict[str, Any]:
        """Flatten the state of a thing on a day."""
        asset = instance.asset
        return {
            "type": "Feature",
            "id": asset.pk,
            "geometry": json.loads(instance.geom.geojson),
            "properties": {
                "id": asset.pk,
                "asset_class": asset.asset_class.slug,
                "external_id": asset.external_id,
                "name": str(asset),
                "owner": {"slug": instance.owner.slug, "name": instance.owner.name},
                "valid_from": instance.valid_from.isoformat(),
                "valid_to": instance.valid_to.isoformat() if instance.valid_to else None,
                "recorded_at": instance.recorded_at.isoformat(),
            },
        }


class AssetCorrectionSerializer(serializers.Serializer):
    """What somebody says of a thing. Nothing about who says it is taken."""

    kind = serializers.ChoiceField(choices=AssetCorrection.Kind.choices)
    text = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    body = serializers.CharField(
        required=False, allow_null=True, max_length=80, help_text="With kind owner: slug of the body it belongs to"
    )
    lon = serializers.FloatField(required=False, allow_null=True, help_text="With kind moved: degrees, EPSG:4326")
    lat = serializers.FloatField(required=False, allow_null=True, help_text="With kind moved: degrees, EPSG:4326")


class ProposedCorrectionSerializer(serializers.Serializer):
    """The answer to a proposal: staff will judge it."""

    id = serializers.IntegerField()
    asset = serializers.IntegerField()
    kind = serializers.CharField()
    state = serializers.CharField(help_text="proposed: staff accept or refuse it")
