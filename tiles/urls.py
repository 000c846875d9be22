from django.urls import path

from tiles import views

# `str`, not `int`: an impossible address gets a sentence that says so, not a page that is missing.
urlpatterns = [
    path("<str:layer>/<str:z>/<str:x>/<str:y>.mvt", views.tile, name="tile"),
    path("<str:layer>.json", views.tilejson, name="tilejson"),
]
