"""Addresses below `/api/v1/`."""

from django.urls import path

from issues.api import views

urlpatterns = [
    path("responsibility", views.ResponsibilityView.as_view(), name="api_responsibility"),
    path("service-requests", views.ServiceRequestsView.as_view(), name="api_service_requests"),
    path("service-requests/<int:pk>", views.ServiceRequestView.as_view(), name="api_service_request"),
    path("services", views.ServicesView.as_view(), name="api_services"),
    path("bodies", views.BodiesView.as_view(), name="api_bodies"),
    path("photos", views.PhotosView.as_view(), name="api_photos"),
    path("<path:rest>", views.NothingView.as_view()),
]
