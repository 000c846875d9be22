"""Addresses below `/api/v1/` for the layers themselves."""

from django.urls import path

from layers.api import views

urlpatterns = [
    path("layers", views.LayersView.as_view(), name="api_layers"),
    path("layers/<slug:slug>.<str:ending>", views.LayerFileView.as_view(), name="api_layer_file"),
]
