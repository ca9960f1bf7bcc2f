"""Addresses of the officer's phone: `/patrol/<room>/<screen>/` is `patrol:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path

from hueandcry.web.patrol import home, sign_ups, visits

app_name = "patrol"

HOME = [
    path("", home.front, name="front"),
    path("worker.js", home.worker, name="worker"),
    path("manifest.webmanifest", home.manifest, name="manifest"),
    path("pack.json", home.pack, name="pack"),
]
SIGN_UPS = [path("", sign_ups.take, name="take")]
VISITS = [
    path("", visits.take, name="take"),
    path("street.json", visits.street, name="street"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((HOME, "home"))),
    path("sign-ups/", include((SIGN_UPS, "sign_ups"))),
    path("visits/", include((VISITS, "visits"))),
]
