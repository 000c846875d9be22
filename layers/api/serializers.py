"""A layer as programs see it."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from layers.models import Layer
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
