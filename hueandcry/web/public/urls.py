"""Addresses of the public site: `/<room>/<screen>/` is `public:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path

from hueandcry.web.public import demonstration

app_name = "public"

in_demonstration = [
    path("", demonstration.cast, name="cast"),
    path("<str:ref>/", demonstration.sign_in, name="sign_in"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("demonstration/", include((in_demonstration, "demonstration"))),
]
