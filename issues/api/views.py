"""`/api/v1/`: shapes in, a service or selector, shapes out."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from issues.api import serializers
from issues.api.filters import parse_filter
from issues.errors import PhotoInvalid
from issues.explanations import explain, explain_publicly
from issues.models import Responsibility
from issues.routing.decision import Decision
from issues.selectors.responsibility import responsibility_at
from issues.selectors.service_requests import public_service_request, public_service_requests
from issues.selectors.services import active_services
from issues.selectors.sides import asks_for_side, side_question
from issues.services.photos import store_photo
from issues.services.submit import Submission, Submitted, submit_service_request
from issues.tracking import tracking_key
from layers.api.parsers import ShallowJSONParser
from layers.models import Body

REFUSAL = OpenApiResponse(
    {"type": "object", "properties": {"code": {"type": "string"}, "detail": {"type": "string"}}},
    description="What was wrong, as a stable `code` and a sentence",
)
FILTERS = [
    OpenApiParameter("group", description="Service groups, separated by commas"),
    OpenApiParameter("services", description="Service codes, separated by commas"),
    OpenApiParameter("body", description="Bodies (slugs), with their offices"),
    OpenApiParameter("state", description="submitted, published, accepted, fixed"),
    OpenApiParameter("status", enum=["open", "closed"]),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day"),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day"),
    OpenApiParameter("bbox", description="xmin,ymin,xmax,ymax in degrees"),
    OpenApiParameter("limit", OpenApiTypes.INT),
    OpenApiParameter("offset", OpenApiTypes.INT),
]


class ResponsibilityView(APIView):
    """Who is responsible for a kind of problem at a place, and why."""

    @extend_schema(
        parameters=[serializers.ResponsibilityQuestionSerializer],
        responses={200: serializers.ResponsibilitySerializer, 400: REFUSAL, 422: REFUSAL},
    )
    def get(self, request: Request) -> Response:
        """Decide; nothing is stored."""
        question = serializers.ResponsibilityQuestionSerializer(data=request.query_params)
        question.is_valid(raise_exception=True)
        asked = question.validated_data
        decision = responsibility_at(
            asked["service_code"],
            asked["lon"],
            asked["lat"],
            asked["accuracy_m"],
            asked.get("asset_id"),
            asked.get("at"),
            asked.get("known_at"),
            asked.get("side_boundary_id"),
        )
        return Response(_responsibility(decision, asked["lon"], asked["lat"], asked["accuracy_m"]))


class ServiceRequestPagination(LimitOffsetPagination):
    """Lists of reports: 20 unless asked, 100 at most."""

    default_limit = 20
    max_limit = 100


class ServiceRequestsView(APIView):
    """Reports as GeoJSON, and the way to send one."""

    parser_classes = [ShallowJSONParser, FormParser]

    @extend_schema(parameters=FILTERS, responses={200: OpenApiTypes.OBJECT, 400: REFUSAL})
    def get(self, request: Request) -> Response:
        """List public reports, newest first, as a FeatureCollection."""
        wanted = parse_filter(request.query_params)
        paginator = ServiceRequestPagination()
        page = paginator.paginate_queryset(public_service_requests(wanted), request, view=self)
        features = serializers.PublicRequestSerializer(page, many=True).data
        return Response(
            {
                "type": "FeatureCollection",
                "count": paginator.count,
                "next": paginator.get_next_link(),
                "previous": paginator.get_previous_link(),
                "features": features,
            }
        )

    @extend_schema(
        request=serializers.SubmissionSerializer,
        parameters=[OpenApiParameter("Idempotency-Key", location=OpenApiParameter.HEADER)],
        responses={
            201: serializers.SubmittedSerializer,
            200: OpenApiResponse(serializers.SubmittedSerializer, description="This post was accepted before"),
            400: REFUSAL,
            413: REFUSAL,
            415: REFUSAL,
            422: REFUSAL,
        },
    )
    def post(self, request: Request) -> Response:
        """Send a report. The same post twice gives the same report."""
        body = serializers.SubmissionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        submitted = submit_service_request(
            Submission(
                service_code=sent["service_code"],
                lon=sent["lon"],
                lat=sent["lat"],
                accuracy_m=sent["accuracy_m"],
                asset_id=sent.get("asset_id"),
                side_boundary_id=sent.get("side_boundary_id"),
                description=sent["description"],
                photo_ids=tuple(sent["photo_ids"]),
                idempotency_key=request.headers.get("Idempotency-Key", sent.get("idempotency_key")),
            )
        )
        code = status.HTTP_201_CREATED if submitted.created else status.HTTP_200_OK
        answer = _submitted(request, submitted)
        return Response(answer, status=code, headers={"Location": answer["url"]})


def _submitted(request: Request, submitted: Submitted) -> dict[str, Any]:
    service_request = submitted.service_request
    number, point = service_request.pk, service_request.point
    decided = service_request.responsibilities.all()[0]
    return {
        "id": number,
        "url": request.build_absolute_uri(reverse("service_request", args=[number])),
        "tracking_url": _tracking_url(request, number) if submitted.same_sender else None,
        "expected_date": service_request.due_date,
        "responsibility": _responsibility(decided, point.x, point.y, service_request.accuracy_m),
    }


def _responsibility(decided: Decision | Responsibility, lon: float, lat: float, accuracy_m: float) -> dict[str, Any]:
    """A decision in words for who asks or reports, with the question that it leaves."""
    explanation = explain(decided, to_reporter=True)
    question = None
    if asks_for_side(explanation.outcome, explanation.rule):
        question = side_question([item.candidate for item in explanation.candidates], lon, lat, accuracy_m)
    shape = serializers.ResponsibilitySerializer(explanation, context={"question": question})
    return dict(shape.data)


def _tracking_url(request: Request, number: int) -> str:
    return request.build_absolute_uri(reverse("tracked_request", args=[number, tracking_key(number)]))


class ServiceRequestView(APIView):
    """One report as the public may see it, with who is responsible and why."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: REFUSAL})
    def get(self, request: Request, pk: int) -> Response:
        """One GeoJSON feature."""
        service_request = public_service_request(pk)
        if service_request is None:
            raise Http404
        feature = serializers.PublicRequestDetailSerializer(service_request).data
        explanation = explain_publicly(service_request)
        feature["properties"]["responsibility"] = (
            serializers.ResponsibilitySerializer(explanation).data if explanation else None
        )
        return Response(feature)


class ServicesView(APIView):
    """All kinds of problems that can be reported."""

    @extend_schema(responses=serializers.ServiceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the services in the pack's order."""
        return Response(serializers.ServiceSerializer(active_services(), many=True).data)


class BodiesView(APIView):
    """All bodies that can be responsible."""

    @extend_schema(responses=serializers.BodySerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the bodies by slug."""
        return Response(serializers.BodySerializer(Body.objects.select_related("parent"), many=True).data)


class PhotosView(APIView):
    """Upload a photo before its report is sent."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        request={
            "multipart/form-data": {"type": "object", "properties": {"photo": {"type": "string", "format": "binary"}}}
        },
        responses={201: serializers.PhotoSerializer, 400: REFUSAL, 413: REFUSAL, 415: REFUSAL},
    )
    def post(self, request: Request) -> Response:
        """Store the pixels, drop everything else, and tell where it was taken."""
        upload = request.FILES.get("photo")
        if upload is None:
            raise PhotoInvalid(_("Send the picture as the file field “photo”."))
        stored = store_photo(upload)
        lon, lat = stored.lonlat or (None, None)
        answer = {
            "photo_id": stored.photo.pk,
            "width_px": stored.photo.width_px,
            "height_px": stored.photo.height_px,
            "lon": lon,
            "lat": lat,
        }
        return Response(serializers.PhotoSerializer(answer).data, status=status.HTTP_201_CREATED)


@extend_schema(exclude=True)
class NothingView(APIView):
    """Addresses that do not exist, answered like everything else here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """404, whatever the method."""
        raise Http404
