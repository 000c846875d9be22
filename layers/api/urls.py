"""Addresses below `/api/v1/` for the layers themselves."""

from django.urls import path

from layers.api import asset_files, asset_views, views

urlpatterns = [
    path("layers", views.LayersView.as_view(), name="api_layers"),
    path("layers/<slug:slug>.<str:ending>", views.LayerFileView.as_view(), name="api_layer_file"),
    path("asset-classes", asset_files.AssetClassesView.as_view(), name="api_asset_classes"),
    path(
        "asset-classes/<slug:slug>.<str:ending>", asset_files.AssetClassFileView.as_view(), name="api_asset_class_file"
    ),
    path("assets/<int:pk>", asset_views.AssetView.as_view(), name="api_asset"),
    path("assets/<int:pk>/corrections", asset_views.AssetCorrectionsView.as_view(), name="api_asset_corrections"),
]
