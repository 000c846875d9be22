"""Things in the street: whose they were on a day, and what somebody says is wrong with them."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from layers.api.files import REFUSAL
from layers.api.parsers import ShallowJSONParser
from layers.api.serializers import (
    AssetCorrectionSerializer,
    AssetQuestionSerializer,
    AssetSerializer,
    ProposedCorrectionSerializer,
)
from layers.errors import AssetUnknown
from layers.selectors.assets import asset_by_id, asset_on
from layers.services.asset_corrections import Proposal, propose_asset_correction

LARGEST_ID = 2**63 - 1


class AssetView(APIView):
    """One thing."""

    @extend_schema(
        parameters=[AssetQuestionSerializer], responses={200: OpenApiTypes.OBJECT, 400: REFUSAL, 404: REFUSAL}
    )
    def get(self, request: Request, pk: int) -> Response:
        """Where it stood and whose it was on a day, as known at a moment, as a GeoJSON feature."""
        question = AssetQuestionSerializer(data=request.query_params)
        question.is_valid(raise_exception=True)
        asset = asset_by_id(min(pk, LARGEST_ID))
        day = question.validated_data.get("at") or timezone.localdate()
        state = asset_on(asset.pk, day, question.validated_data.get("known_at"))
        if state is None:
            raise AssetUnknown(_("That object was not there, or not known, on %(day)s.") % {"day": day})
        return Response(AssetSerializer(state).data)


class AssetCorrectionsView(APIView):
    """What citizens say of a thing."""

    parser_classes = [ShallowJSONParser, FormParser]

    @extend_schema(
        request=AssetCorrectionSerializer,
        responses={
            201: ProposedCorrectionSerializer,
            200: OpenApiResponse(ProposedCorrectionSerializer, description="The same correction waits already"),
            400: REFUSAL,
            404: REFUSAL,
            422: REFUSAL,
            429: REFUSAL,
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say that it is not here, broken, somebody else's or elsewhere. Staff accept or refuse it."""
        body = AssetCorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        proposed = propose_asset_correction(
            Proposal(
                asset_id=min(pk, LARGEST_ID),
                kind=said["kind"],
                text=said["text"],
                body=said.get("body"),
                lon=said.get("lon"),
                lat=said.get("lat"),
            )
        )
        found = proposed.correction
        answer = {"id": found.pk, "asset": found.asset_id, "kind": found.kind, "state": found.state}
        code = status.HTTP_201_CREATED if proposed.created else status.HTTP_200_OK
        return Response(ProposedCorrectionSerializer(answer).data, status=code)
