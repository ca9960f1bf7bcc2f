"""Addresses of the public site: `/<room>/<screen>/` is `public:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from hueandcry.web.public import (
    alerts,
    demonstration,
    feeds,
    going_on,
    groups,
    home,
    join,
    my,
    my_held,
    my_schemes,
    my_settings,
    phones,
    places,
    pulse,
    push,
)

app_name = "public"


class AddressConverter(StringConverter):
    """A telephone number or an e-mail address: no control signs, which a database would refuse."""

    regex = r"[^/\x00-\x1f]+"


register_converter(AddressConverter, "address")

in_alerts = [
    path("", alerts.newest, name="newest"),
    path("feed.atom", feeds.as_atom, name="atom"),
    path("feed.json", feeds.as_json, name="json"),
    path("calendar.ics", feeds.as_calendar, name="calendar"),
    path("cap.atom", feeds.cap_index, name="cap_index"),
    path("<slug:ref>/cap/<int:number>.xml", feeds.as_cap_document, name="cap"),
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
    path("pulse/", pulse.pulse, name="pulse"),
    path("go-on/", going_on.go_on, name="go_on"),
    path("pause-until/", my_settings.pause_until, name="pause_until"),
    path("how/", my_settings.how, name="how"),
    path("person/", my_settings.person, name="person"),
    path("reach/", my_settings.reach, name="reach"),
    path("reach/mark/", my_settings.mark, name="mark"),
    path("reach/here/", push.add, name="show_here"),
    path("reach/remove/", my_settings.remove_contact, name="remove_contact"),
    path("places/", my_settings.places, name="places"),
    path("places/remove/", my_settings.remove_place, name="remove_place"),
    path("interests/", my_settings.interests, name="interests"),
    path("agreed/", my_held.agreed, name="agreed"),
    path("agreed/end/", my_held.end_agreement, name="end_agreement"),
    path("agreed/again/", my_held.agree_again, name="agree_again"),
    path("held/", my_held.whole, name="held"),
    path("held/download/", my_held.download, name="download"),
    path("schemes/", my_schemes.listing, name="schemes"),
    path("schemes/propose/", my_schemes.propose, name="propose"),
    path("schemes/<slug:ref>/", my_schemes.page, name="scheme"),
    path("schemes/<slug:ref>/join/", my_schemes.join, name="join_scheme"),
    path("schemes/<slug:ref>/leave/", my_schemes.leave, name="leave_scheme"),
    path("schemes/<slug:ref>/hear/", my_schemes.hear, name="hear_scheme"),
    path("schemes/<slug:ref>/divide/", my_schemes.divide, name="divide"),
    path("schemes/<slug:ref>/share/", my_schemes.share, name="share"),
    path("schemes/<slug:ref>/answer/", my_schemes.answer, name="answer_offer"),
    path("schemes/<slug:ref>/code/", my_schemes.code, name="code"),
    path("schemes/<slug:ref>/people/", my_schemes.people, name="people"),
    path("schemes/<slug:ref>/people/<slug:member_ref>/", my_schemes.decide, name="decide"),
    path("schemes/<slug:ref>/invite/", my_schemes.invite, name="invite"),
    path("schemes/<slug:ref>/note/", my_schemes.note, name="note"),
    path("schemes/<slug:ref>/note/<slug:note_ref>/withdraw/", my_schemes.withdraw_note, name="withdraw_note"),
    path("schemes/<slug:ref>/sheet/<slug:about>/", my_schemes.sheet, name="sheet"),
    path("schemes/<slug:ref>/tree/<slug:about>/", my_schemes.tree, name="tree"),
    path("schemes/<slug:ref>/tree/<slug:about>/<slug:member_ref>/", my_schemes.tick, name="tick"),
    path("schemes/<slug:ref>/tree/<slug:about>/<slug:member_ref>/number/", my_schemes.number, name="number"),
    path("groups/", groups.mine, name="groups"),
    path("groups/<slug:ref>/end/", groups.end, name="end_group"),
]
in_group = [path("<slug:code>/<slug:ref>/", groups.card, name="card")]
in_phones = [
    path("", phones.shelf, name="shelf"),
    path("new/", phones.new, name="new"),
    path("<address:address>/", phones.one, name="one"),
    path("<address:address>/answer/", phones.answer, name="answer"),
]
in_push = [path("worker.js", push.worker, name="worker"), path("moved/", push.moved, name="moved")]
in_demonstration = [
    path("", demonstration.cast, name="cast"),
    path("<slug:ref>/", demonstration.sign_in, name="sign_in"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(([path("", home.front, name="front")], "home"))),
    path("alerts/", include((in_alerts, "alerts"))),
    path("places/", include(([path("ground.json", places.ground, name="ground")], "places"))),
    path("join/", include((in_join, "join"))),
    path("my/<slug:token>/", include((in_my, "my"))),
    path("group/", include((in_group, "group"))),
    path("push/", include((in_push, "push"))),
    path("phones/", include((in_phones, "phones"))),
    path("demonstration/", include((in_demonstration, "demonstration"))),
]
