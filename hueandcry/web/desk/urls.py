"""Addresses of the officer's desk: `/desk/<room>/<screen>/` is `desk:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = []
