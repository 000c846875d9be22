"""Services and memberships for administrators. Reports are handled on the desk, never here."""

from django.contrib import admin

from issues.models import Membership, Service, ServiceGroup


@admin.register(ServiceGroup)
class ServiceGroupAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "position"]


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    list_display = ["service_code", "name", "group", "deadline_working_days", "is_active", "exact_point_is_public"]
    list_filter = ["group", "is_active"]
    search_fields = ["service_code", "names"]
    filter_horizontal = ["layers", "asset_classes"]
    list_select_related = ["group"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "body"]
    autocomplete_fields = ["body"]
    list_select_related = ["user", "body"]
