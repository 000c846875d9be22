"""Pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend.views import planner
from frontend.views.arbitration import (
    arbitration_case_page,
    arbitration_page,
    position_attachment,
    ruling_preview,
)
from frontend.views.arbitration_metrics import arbitration_metrics_page
from frontend.views.asset_corrections import correction_page, corrections_page, ruling_corrections_page
from frontend.views.boundary_edit import boundary_edit_page, layer_areas
from frontend.views.citizen_correction import citizen_correction_page
from frontend.views.desk import desk_page, desk_request_page
from frontend.views.desk_corrections import correct_page, hand_back_page
from frontend.views.imports import draft_page, draft_preview, import_page
from frontend.views.jobs import job_page
from frontend.views.layers import layers_page
from frontend.views.map import embed_page, map_page, map_summary
from frontend.views.map_picture import map_picture
from frontend.views.owner_corrections import stage_corrections
from frontend.views.photos import photo
from frontend.views.report import report_page, report_panel, report_photo, report_places
from frontend.views.responsibility import responsibility_page
from frontend.views.ruling_boundary import ruling_boundary_page
from frontend.views.service_request import service_request_page, tracked_request_page
from frontend.views.topology import topology_findings, topology_page
from frontend.views.what_if import what_if_moved, what_if_page

urlpatterns = [
    path("", map_page, name="map"),
    path("map/summary/", map_summary, name="map_summary"),
    path("map.png", map_picture, name="map_picture"),
    path("embed/", embed_page, name="embed"),
    path("report/", report_page, name="report"),
    path("report/panel/", report_panel, name="report_panel"),
    path("report/photo/", report_photo, name="report_photo"),
    path("report/places/", report_places, name="report_places"),
    path("reports/<int:pk>/", service_request_page, name="service_request"),
    path("reports/<int:pk>/mine/<str:key>/", tracked_request_page, name="tracked_request"),
    path("assets/<int:pk>/correction/", citizen_correction_page, name="citizen_correction"),
    path("photos/<uuid:pk>/<str:size>.jpg", photo, name="photo"),
    path("desk/", desk_page, name="desk"),
    path("desk/arbitration/", arbitration_page, name="arbitration"),
    path("desk/arbitration/metrics/", arbitration_metrics_page, name="arbitration_metrics"),
    path("desk/arbitration/<int:pk>/", arbitration_case_page, name="arbitration_case"),
    path("desk/arbitration/<int:pk>/preview/", ruling_preview, name="ruling_preview"),
    path("desk/arbitration/rulings/<int:pk>/boundary/", ruling_boundary_page, name="ruling_boundary"),
    path("desk/arbitration/rulings/<int:pk>/corrections/", stage_corrections, name="stage_corrections"),
    path("desk/arbitration/files/<uuid:pk>/", position_attachment, name="position_attachment"),
    path("desk/reports/<int:pk>/", desk_request_page, name="desk_request"),
    path("desk/reports/<int:pk>/hand-back/", hand_back_page, name="hand_back"),
    path("desk/reports/<int:pk>/correct/", correct_page, name="correct_request"),
    path("desk/corrections/", corrections_page, name="asset_corrections"),
    path("desk/corrections/<int:pk>/", correction_page, name="asset_correction"),
    path("desk/corrections/rulings/<int:pk>/", ruling_corrections_page, name="ruling_corrections"),
    path("jobs/<int:pk>/", job_page, name="job"),
    path("planner/", planner.planner_page, name="planner"),
    path("planner/cells.json", planner.planner_cells, name="planner_cells"),
    path("planner/areas.geojson", planner.planner_areas, name="planner_areas"),
    path("planner/export.<str:ending>", planner.planner_export, name="planner_export"),
    path("planner/hotspots/", planner.compute_hotspots, name="compute_hotspots"),
    path("planner/hotspots/<int:pk>/", planner.publish_hotspot_layer, name="publish_hotspots"),
    path("planner/hotspots/<int:pk>/cell/", planner.hotspot_cell, name="hotspot_cell"),
    path("planner/hotspots/<int:pk>/<str:z>/<str:x>/<str:y>.mvt", planner.hotspot_tile, name="hotspot_tile"),
    path("planner/what-if/", what_if_page, name="what_if"),
    path("planner/what-if/<int:pk>/moved.geojson", what_if_moved, name="what_if_moved"),
    path("desk/layers/", layers_page, name="layers"),
    path("desk/layers/import/", import_page, name="layer_import"),
    path("desk/layers/import/<uuid:pk>/", draft_page, name="import_draft"),
    path("desk/layers/import/<uuid:pk>/preview.geojson", draft_preview, name="import_preview"),
    path("desk/responsibility/", responsibility_page, name="responsibility"),
    path("desk/topology/", topology_page, name="topology"),
    path("desk/topology/findings.geojson", topology_findings, name="topology_findings"),
    path("desk/layers/<slug:slug>/edit/", boundary_edit_page, name="boundary_edit"),
    path("desk/layers/<slug:slug>/areas.geojson", layer_areas, name="layer_areas"),
    path("login/", LoginView.as_view(template_name="frontend/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
