"""Addresses of the public site: `/<room>/<screen>/` is `public:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from hueandcry.web.public import alerts, demonstration, home, join, my, phones

app_name = "public"


class AddressConverter(StringConverter):
    """A telephone number or an e-mail address: no control signs, which a database would refuse."""

    regex = r"[^/\x00-\x1f]+"


register_converter(AddressConverter, "address")

in_alerts = [
    path("", alerts.newest, name="newest"),
    path("<slug:ref>/", alerts.show, name="show"),
]
in_join = [
    path("", join.form, name="form"),
    path("<slug:sealed>/", join.code, name="code"),
    path("<slug:sealed>/again/", join.again, name="again"),
]
in_my = [
    path("", my.page, name="page"),
    path("pause/", my.pause, name="pause"),
    path("resume/", my.resume, name="resume"),
    path("stop-channel/", my.stop_channel, name="stop_channel"),
    path("stop/", my.stop, name="stop"),
    path("leave/", my.leave, name="leave"),
]
in_phones = [
    path("", phones.shelf, name="shelf"),
    path("<address:address>/", phones.one, name="one"),
    path("<address:address>/answer/", phones.answer, name="answer"),
]
in_demonstration = [
    path("", demonstration.cast, name="cast"),
    path("<slug:ref>/", demonstration.sign_in, name="sign_in"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(([path("", home.front, name="front")], "home"))),
    path("alerts/", include((in_alerts, "alerts"))),
    path("join/", include((in_join, "join"))),
    path("my/<slug:token>/", include((in_my, "my"))),
    path("phones/", include((in_phones, "phones"))),
    path("demonstration/", include((in_demonstration, "demonstration"))),
]
