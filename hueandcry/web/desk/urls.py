"""Addresses of the officer's desk: `/desk/<room>/<screen>/` is `desk:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path

from hueandcry.web.desk import members, places, records, schemes

app_name = "desk"

MEMBERS = [
    path("", members.listing, name="list"),
    path("new/", members.new, name="new"),
    path("<slug:ref>/", members.page, name="page"),
    path("<slug:ref>/pause/", members.pause, name="pause"),
    path("<slug:ref>/resume/", members.resume, name="resume"),
    path("<slug:ref>/withdraw/", members.withdraw, name="withdraw"),
    path("<slug:ref>/leave/", members.leave, name="leave"),
]
SCHEMES = [
    path("", schemes.listing, name="list"),
    path("<slug:ref>/", schemes.page, name="page"),
]
PLACES = [
    path("", places.find, name="find"),
    path("ground.json", places.ground, name="ground"),
    path("boundaries.json", places.boundaries, name="boundaries"),
]
RECORDS = [path("", records.listing, name="list")]

urlpatterns: list[URLPattern | URLResolver] = [
    path("members/", include((MEMBERS, "members"))),
    path("schemes/", include((SCHEMES, "schemes"))),
    path("places/", include((PLACES, "places"))),
    path("records/", include((RECORDS, "records"))),
]
