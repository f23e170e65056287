"""Addresses of the old shop."""

from django.urls import path

from legacy_django import reports

urlpatterns = [
    path("customer", reports.by_customer),
    path("ranking", reports.ranking),
    path("year", reports.year),
    path("orders/<int:order_id>/notes", reports.notes),
    path("orders/<int:order_id>", reports.edit),
]
