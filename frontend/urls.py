"""Pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend.views.arbitration import (
    arbitration_case_page,
    arbitration_page,
    position_attachment,
    ruling_preview,
)
from frontend.views.desk import desk_page, desk_request_page
from frontend.views.desk_corrections import correct_page, hand_back_page
from frontend.views.jobs import job_page
from frontend.views.map import map_page
from frontend.views.photos import photo
from frontend.views.report import report_page, report_panel, report_photo, report_places
from frontend.views.ruling_boundary import ruling_boundary_page
from frontend.views.service_request import service_request_page, tracked_request_page

urlpatterns = [
    path("", map_page, name="map"),
    path("report/", report_page, name="report"),
    path("report/panel/", report_panel, name="report_panel"),
    path("report/photo/", report_photo, name="report_photo"),
    path("report/places/", report_places, name="report_places"),
    path("reports/<int:pk>/", service_request_page, name="service_request"),
    path("reports/<int:pk>/mine/<str:key>/", tracked_request_page, name="tracked_request"),
    path("photos/<uuid:pk>/<str:size>.jpg", photo, name="photo"),
    path("desk/", desk_page, name="desk"),
    path("desk/arbitration/", arbitration_page, name="arbitration"),
    path("desk/arbitration/<int:pk>/", arbitration_case_page, name="arbitration_case"),
    path("desk/arbitration/<int:pk>/preview/", ruling_preview, name="ruling_preview"),
    path("desk/arbitration/rulings/<int:pk>/boundary/", ruling_boundary_page, name="ruling_boundary"),
    path("desk/arbitration/files/<uuid:pk>/", position_attachment, name="position_attachment"),
    path("desk/reports/<int:pk>/", desk_request_page, name="desk_request"),
    path("desk/reports/<int:pk>/hand-back/", hand_back_page, name="hand_back"),
    path("desk/reports/<int:pk>/correct/", correct_page, name="correct_request"),
    path("jobs/<int:pk>/", job_page, name="job"),
    path("login/", LoginView.as_view(template_name="frontend/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
