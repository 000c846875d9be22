"""The JSON of `/api/v1/`: shapes only; the rules are in `issues.services`."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from issues.explanations import ExplainedCandidate, Explanation
from issues.models import Photo, Service, ServiceRequest
from issues.selectors.sides import Side, SideQuestion
from issues.side_words import question_text, side_name
from issues.state_names import state_name
from issues.workflow import State
from layers.api.fields import KnownAtField
from layers.models import Body


class BodySerializer(serializers.ModelSerializer):
    """A body as the public knows it; `name` is in the language of the request."""

    name = serializers.CharField(read_only=True)
    # The stubs see DRF's own attribute of that name; its metaclass takes the field off the class.
    parent = serializers.CharField(source="parent.slug", allow_null=True, read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Body
        fields = ["slug", "name", "kind", "parent"]


class BodyReferenceSerializer(serializers.Serializer):
    """A body in short."""

    slug = serializers.SlugField()
    name = serializers.CharField()


class ServiceSerializer(serializers.ModelSerializer):
    """A kind of problem, with Open311's field names."""

    service_name = serializers.CharField(source="name", read_only=True)
    description = serializers.CharField(read_only=True)
    group = serializers.CharField(source="group.slug", read_only=True)
    group_name = serializers.CharField(source="group.name", read_only=True)

    class Meta:
        model = Service
        fields = ["service_code", "service_name", "description", "group", "group_name", "deadline_working_days"]


class ResponsibilityQuestionSerializer(serializers.Serializer):
    """The query of `GET /responsibility`."""

    lon = serializers.FloatField(help_text="Longitude in degrees, EPSG:4326")
    lat = serializers.FloatField(help_text="Latitude in degrees, EPSG:4326")
    service_code = serializers.CharField(max_length=50)
    accuracy_m = serializers.FloatField(default=0, min_value=0, max_value=100_000)
    asset_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    side_boundary_id = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="The answer to the last answer's question"
    )
    at = serializers.DateField(required=False, help_text="The day whose boundaries count; today if left out")
    known_at = KnownAtField()


class CandidateSerializer(serializers.Serializer):
    """One body that could have been responsible, and why it is not."""

    body = BodyReferenceSerializer()
    rule = serializers.CharField()
    boundary = serializers.IntegerField(allow_null=True)
    asset = serializers.IntegerField(allow_null=True)
    ruling = serializers.IntegerField(allow_null=True)
    distance_m = serializers.FloatField()
    covers = serializers.BooleanField()
    share = serializers.FloatField()
    rejected_because = serializers.CharField(allow_null=True, help_text="A stable code, null for the winner")
    sentence = serializers.CharField()

    def to_representation(self, instance: ExplainedCandidate) -> dict[str, Any]:
        """Flatten an explained candidate."""
        found = instance.candidate
        return {
            "body": {"slug": instance.body.slug, "name": instance.body.name},
            "rule": found.rule.value,
            "boundary": found.boundary_id,
            "asset": found.asset_id,
            "ruling": found.ruling_id,
            "distance_m": round(found.distance_m, 2),
            "covers": found.covers,
            "share": round(found.share, 4),
            "rejected_because": found.rejected_because.value if found.rejected_because else None,
            "sentence": " ".join(part for part in (instance.sentence, instance.rejected_because) if part),
        }


class SideSerializer(serializers.Serializer):
    """One side of the border; its `side_boundary_id` is the answer."""

    side_boundary_id = serializers.IntegerField()
    letter = serializers.CharField()
    name = serializers.CharField(help_text="The area's name")
    direction = serializers.CharField(help_text="north, northeast, …; empty where the area lies all around the pin")
    # As `parent` above: the metaclass takes the field off the class.
    label = serializers.CharField(help_text="Both in words")  # type: ignore[assignment]
    share = serializers.FloatField(help_text="0 to 1 of the accuracy disc")
    area = serializers.DictField(help_text="GeoJSON geometry (EPSG:4326), cut to what lies near the pin")

    def to_representation(self, instance: Side) -> dict[str, Any]:
        """Flatten a side."""
        return {
            "side_boundary_id": instance.boundary.pk,
            "letter": instance.letter,
            "name": instance.boundary.jurisdiction.name,
            "direction": instance.direction,
            "label": side_name(instance),
            "share": round(instance.share, 4),
            "area": instance.geometry,
        }


class SideQuestionSerializer(serializers.Serializer):
    """The one plain question that a border too close to tell leaves."""

    text = serializers.CharField()
    options = SideSerializer(many=True)

    def to_representation(self, instance: SideQuestion) -> dict[str, Any]:
        """The question and its answers."""
        return {"text": question_text(), "options": SideSerializer(instance.sides, many=True).data}


class ResponsibilitySerializer(serializers.Serializer):
    """A decision with its evidence."""

    outcome = serializers.ChoiceField(choices=["assigned", "contested", "gap", "uncertain", "not_ours"])
    body = BodyReferenceSerializer(allow_null=True)
    rule = serializers.CharField()
    confidence = serializers.FloatField(allow_null=True, help_text="0 to 1; null where it would tell a private place")
    candidates = CandidateSerializer(many=True)
    explanation = serializers.CharField()
    advice = serializers.CharField(help_text="What to do where the city is not responsible, else empty")
    question = SideQuestionSerializer(
        allow_null=True, help_text="Asked where a border is too close to tell; answer with side_boundary_id"
    )

    def to_representation(self, instance: Explanation) -> dict[str, Any]:
        """Flatten an explanation; the context may bring the question."""
        question = self.context.get("question")
        return {
            "outcome": instance.outcome.value,
            "body": {"slug": instance.body.slug, "name": instance.body.name} if instance.body else None,
            "rule": instance.rule.value,
            "confidence": None if instance.confidence is None else round(instance.confidence, 4),
            "candidates": CandidateSerializer(instance.candidates, many=True).data,
            "explanation": f"{instance.headline}. {instance.because}",
            "advice": instance.advice,
            "question": SideQuestionSerializer(question).data if question else None,
        }


class ShortListField(serializers.ListField):
    """A list whose length is judged first: 100,000 ids that are none took 20 s to refuse one by one."""

    def run_child_validation(self, data: Any) -> Any:
        """The items, if they are not more than `max_length`."""
        if self.max_length is not None and len(data) > self.max_length:
            message = self.error_messages["max_length"].format(max_length=self.max_length)
            raise serializers.ValidationError(message, code="max_length")
        return super().run_child_validation(data)


class SubmissionSerializer(serializers.Serializer):
    """A new report. Nothing about responsibility or the reporter is taken.

    `description` is bounded by the service, which says how much too long it is.
    """

    service_code = serializers.CharField(max_length=50)
    lon = serializers.FloatField(help_text="Longitude in degrees, EPSG:4326")
    lat = serializers.FloatField(help_text="Latitude in degrees, EPSG:4326")
    accuracy_m = serializers.FloatField(default=0, min_value=0, max_value=100_000)
    asset_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)
    side_boundary_id = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The answer to the question of GET /responsibility",
    )
    description = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    photo_ids = ShortListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=5, help_text="From POST /photos"
    )
    idempotency_key = serializers.CharField(
        required=False, allow_null=True, max_length=80, help_text="The header Idempotency-Key does the same"
    )


class SubmittedSerializer(serializers.Serializer):
    """The answer to a new report. `tracking_url` is the reporter's own link: keep it secret.

    It is null where the same content had just been sent without or with another
    idempotency key: that may have been somebody else.
    """

    id = serializers.IntegerField()
    url = serializers.CharField()
    tracking_url = serializers.CharField(allow_null=True)
    expected_date = serializers.DateField(help_text="Last day to answer")
    responsibility = ResponsibilitySerializer()


class PhotoSerializer(serializers.Serializer):
    """A stored photo; `lon, lat` are told once, from its EXIF, to whom uploaded it."""

    photo_id = serializers.UUIDField()
    width_px = serializers.IntegerField()
    height_px = serializers.IntegerField()
    lon = serializers.FloatField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)


class PublicRequestSerializer(serializers.ModelSerializer):
    """A report as a GeoJSON feature, with what the public may know: no text, no exact time."""

    class Meta:
        model = ServiceRequest
        fields: list[str] = []

    def to_representation(self, instance: ServiceRequest) -> dict[str, Any]:
        """A GeoJSON feature (RFC 7946: lon, lat)."""
        state = State(instance.state)
        return {
            "type": "Feature",
            "id": instance.pk,
            "geometry": {
                "type": "Point",
                "coordinates": [round(instance.public_point.x, 6), round(instance.public_point.y, 6)],
            },
            "properties": {
                "id": instance.pk,
                "service_code": instance.service.service_code,
                "service_name": instance.service.name,
                "group": instance.service.group.slug,
                "state": state.value,
                "state_name": state_name(state),
                "status": state.status,
                "requested_date": _local_day(instance),
                "expected_date": instance.due_date.isoformat(),
                "body": {"slug": instance.body.slug, "name": instance.body.name} if instance.body else None,
                "outcome": instance.outcome,
                "place": instance.place_text,
                "is_demo": instance.is_demo,
                "url": reverse("service_request", args=[instance.pk]),
            },
        }


class PublicRequestDetailSerializer(PublicRequestSerializer):
    """One report, with text and photos once they were checked, and the reasons."""

    def to_representation(self, instance: ServiceRequest) -> dict[str, Any]:
        """The list's feature with details."""
        feature = super().to_representation(instance)
        shown = State(instance.state).shows_text_and_photo
        feature["properties"]["description"] = instance.description if shown else ""
        photos = Photo.objects.filter(service_request=instance).only("id") if shown else []
        feature["properties"]["photos"] = [reverse("photo", args=[photo.pk, "large"]) for photo in photos]
        return feature


def _local_day(service_request: ServiceRequest) -> str:
    return timezone.localdate(service_request.requested_datetime).isoformat()
