"""Services and memberships for administrators. Reports are handled on the desk, never here."""

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from issues.models import Membership, Service, ServiceGroup
from issues.services.public_points import refresh_public_points


@admin.register(ServiceGroup)
class ServiceGroupAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "position"]


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """Making a service's points private or public changes its earlier reports, too."""

    list_display = ["service_code", "name", "group", "deadline_working_days", "is_active", "exact_point_is_public"]
    list_filter = ["group", "is_active"]
    search_fields = ["service_code", "names"]
    filter_horizontal = ["layers", "asset_classes"]
    list_select_related = ["group"]

    def save_model(self, request: HttpRequest, obj: Service, form: ModelForm, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change and "exact_point_is_public" in form.changed_data:
                refresh_public_points(obj)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "body"]
    autocomplete_fields = ["body"]
    list_select_related = ["user", "body"]
