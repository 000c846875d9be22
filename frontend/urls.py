"""Pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend.views.desk import desk_page, desk_request_page
from frontend.views.jobs import job_page
from frontend.views.map import map_page
from frontend.views.photos import photo
from frontend.views.report import report_page, report_panel, report_photo, report_places
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
    path("desk/reports/<int:pk>/", desk_request_page, name="desk_request"),
    path("jobs/<int:pk>/", job_page, name="job"),
    path("login/", LoginView.as_view(template_name="frontend/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
