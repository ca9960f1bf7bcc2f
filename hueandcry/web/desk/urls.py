"""Addresses of the officer's desk: `/desk/<room>/<screen>/` is `desk:<room>:<screen>`."""

from django.urls import URLPattern, URLResolver, include, path

from hueandcry.web.desk import (
    alert_acts,
    alert_rules,
    alert_templates,
    alerts,
    applications,
    audience,
    audiences,
    barriers,
    coverage,
    home,
    imports,
    inbox,
    leaving,
    member_stops,
    members,
    networks,
    pairs,
    places,
    previews,
    quick,
    records,
    rings,
    rota,
    schemes,
    sending,
    vetting,
    writing,
)

app_name = "desk"

HOME = [path("", home.front, name="front")]
ALERTS = [
    path("", alerts.listing, name="list"),
    path("new/", writing.new, name="new"),
    path("check/", writing.check_words, name="check"),
    path("quick/", quick.kinds, name="quick"),
    path("quick/<slug:template>/", quick.one, name="quick_one"),
    path("quick/<slug:template>/look/", quick.look, name="quick_look"),
    path("rules/", alert_rules.rules, name="rules"),
    path("rules/shipped/", alert_rules.use_shipped, name="use_shipped"),
    path("rules/train/<slug:ref>/", alert_rules.train, name="train"),
    path("templates/", alert_templates.listing, name="templates"),
    path("templates/new/", alert_templates.new, name="template_new"),
    path("templates/<slug:key>/", alert_templates.edit, name="template"),
    path("templates/<slug:key>/offer/", alert_templates.offer, name="template_offer"),
    path("<slug:ref>/preview/", previews.preview, name="preview"),
    path("<slug:ref>/", alerts.page, name="page"),
    path("<slug:ref>/edit/", writing.edit, name="edit"),
    path("<slug:ref>/figures/", alerts.figures, name="figures"),
    path("<slug:ref>/audience/", audience.audience, name="audience"),
    path("<slug:ref>/audience/areas/", audience.areas, name="areas"),
    path("<slug:ref>/audience/reaches/", audience.reaches, name="reaches"),
    path("<slug:ref>/audience/count/", audience.count, name="count"),
    path("<slug:ref>/outline.json", audience.outline, name="outline"),
    path("<slug:ref>/suspect/", alert_acts.suspect, name="suspect"),
    path("<slug:ref>/how/", alert_acts.how, name="how"),
    path("<slug:ref>/submit/", alert_acts.submit, name="submit"),
    path("<slug:ref>/withdraw/", alert_acts.withdraw, name="withdraw"),
    path("<slug:ref>/approve/", alert_acts.approve, name="approve"),
    path("<slug:ref>/send-back/", alert_acts.send_back, name="send_back"),
    path("<slug:ref>/release-fast/", alert_acts.release_fast, name="release_fast"),
    path("<slug:ref>/release-approved/", alert_acts.release_approved, name="release_approved"),
    path("<slug:ref>/taking-back/", alert_acts.taking_back, name="taking_back"),
    path("<slug:ref>/recall/", alert_acts.recall, name="recall"),
    path("<slug:ref>/pause/", alert_acts.pause, name="pause"),
    path("<slug:ref>/resume/", alert_acts.resume, name="resume"),
    path("<slug:ref>/correct/", alert_acts.correct, name="correct"),
    path("<slug:ref>/correct/agree/", alert_acts.agree_to_correction, name="agree_to_correction"),
    path("<slug:ref>/correct/drop/", alert_acts.drop_correction, name="drop_correction"),
    path("<slug:ref>/leaked/", alert_acts.leaked, name="leaked"),
    path("<slug:ref>/stand-down/", alert_acts.stand_down, name="stand_down"),
    path("<slug:ref>/end/", alert_acts.end, name="end"),
    path("<slug:ref>/anew/", alert_acts.write_anew, name="write_anew"),
]
INBOX = [
    path("", inbox.listing, name="list"),
    path("write/", inbox.write, name="write"),
    path("<slug:ref>/", inbox.page, name="page"),
    path("<slug:ref>/read/", inbox.read, name="read"),
    path("<slug:ref>/relay/", inbox.relay, name="relay"),
    path("<slug:ref>/relay/check/", inbox.relay_check, name="relay_check"),
    path("<slug:ref>/ring/", rings.page, name="ring"),
    path("<slug:ref>/ring/relay/", rings.relay, name="ring_relay"),
    path("<slug:ref>/reply/", inbox.reply, name="reply"),
    path("<slug:ref>/close/", inbox.close, name="close"),
]
IMPORTS = [
    path("", imports.listing, name="list"),
    path("<slug:ref>/", imports.page, name="page"),
    path("<slug:ref>/columns/", imports.columns, name="columns"),
    path("<slug:ref>/words/", imports.words, name="words"),
    path("<slug:ref>/try/", imports.try_out, name="try_out"),
    path("<slug:ref>/bring/", imports.bring, name="bring"),
    path("<slug:ref>/ask/", imports.ask, name="ask"),
    path("<slug:ref>/drop/", imports.drop, name="drop"),
    path("<slug:ref>/rows.csv", imports.rows, name="rows"),
]
PAIRS = [
    path("", pairs.listing, name="list"),
    path("<int:pair>/", pairs.page, name="page"),
    path("<int:pair>/merge/", pairs.merge, name="merge"),
    path("<int:pair>/two/", pairs.two, name="two"),
    path("merges/<slug:ref>/undo/", pairs.undo, name="undo"),
]
LEAVING = [path("", leaving.page, name="page")]
MEMBERS = [
    path("", members.listing, name="list"),
    path("new/", members.new, name="new"),
    path("vetting/", vetting.listing, name="vetting"),
    path("<slug:ref>/", members.page, name="page"),
    path("<slug:ref>/checks/", vetting.one, name="checks"),
    path("<slug:ref>/check/", vetting.check, name="check"),
    path("<slug:ref>/tier/", vetting.tier, name="tier"),
    path("<slug:ref>/contacts/", members.contacts, name="contacts"),
    path("<slug:ref>/pause/", members.pause, name="pause"),
    path("<slug:ref>/resume/", members.resume, name="resume"),
    path("<slug:ref>/withdraw/", members.withdraw, name="withdraw"),
    path("<slug:ref>/ask-again/<int:contact>/", member_stops.ask_again, name="ask_again"),
    path("<slug:ref>/leave/", members.leave, name="leave"),
]
SCHEMES = [
    path("", schemes.listing, name="list"),
    path("new/", schemes.new, name="new"),
    path("notes/", schemes.notes, name="notes"),
    path("notes/<slug:ref>/pass/", schemes.pass_note, name="pass_note"),
    path("notes/<slug:ref>/return/", schemes.return_note, name="return_note"),
    path("<slug:ref>/", schemes.page, name="page"),
    path("<slug:ref>/edit/", schemes.edit, name="edit"),
    path("<slug:ref>/approve/", schemes.approve, name="approve"),
    path("<slug:ref>/close/", schemes.close, name="close"),
    path("<slug:ref>/invite/", schemes.invite, name="invite"),
    path("<slug:ref>/outline.json", schemes.outline, name="outline"),
    path("<slug:ref>/people/<slug:member_ref>/", schemes.decide, name="decide"),
    path("<slug:ref>/sheet/<slug:about>/", schemes.sheet, name="sheet"),
]
PLACES = [
    path("", places.find, name="find"),
    path("ground.json", places.ground, name="ground"),
    path("boundaries.json", places.boundaries, name="boundaries"),
]
AUDIENCES = [
    path("", audiences.listing, name="list"),
    path("<slug:ref>/", audiences.page, name="page"),
    path("<slug:ref>/count/", audiences.count, name="count"),
    path("<slug:ref>/rename/", audiences.rename, name="rename"),
    path("<slug:ref>/end/", audiences.end, name="end"),
]
BARRIERS = [
    path("", barriers.listing, name="list"),
    path("outlines.json", barriers.outlines, name="outlines"),
    path("draw/", barriers.draw, name="draw"),
    path("<slug:ref>/remove/", barriers.remove, name="remove"),
]
COVERAGE = [
    path("", coverage.table, name="table"),
    path("outlines.json", coverage.outlines, name="outlines"),
    path("coverage.csv", coverage.sheet, name="sheet"),
]
NETWORKS = [
    path("", networks.matrix, name="matrix"),
    path("matrix.csv", networks.sheet, name="sheet"),
    path("people/", networks.people, name="people"),
    path("asked/", networks.asked, name="asked"),
    path("hand-over/", networks.hand_over, name="hand_over"),
    path("results/", networks.results, name="results"),
    path("new/", networks.new, name="new"),
    path("communities/new/", networks.new_community, name="new_community"),
    path("communities/<slug:ref>/", networks.community, name="community"),
    path("communities/<slug:ref>/add/", networks.add_mechanism, name="add_mechanism"),
    path("communities/<slug:ref>/way/", networks.mechanism, name="mechanism"),
    path("communities/<slug:ref>/end/", networks.end_community, name="end_community"),
    path("<slug:ref>/", networks.page, name="page"),
    path("<slug:ref>/talk/", networks.talk, name="talk"),
    path("<slug:ref>/change/", networks.change, name="change"),
    path("<slug:ref>/give/", networks.give, name="give"),
    path("<slug:ref>/successor/", networks.successor, name="successor"),
    path("<slug:ref>/end/", networks.end, name="end"),
    path("<slug:ref>/pulse/", networks.pulse, name="pulse"),
]
ROTA = [
    path("", rota.week, name="week"),
    path("add/", rota.add, name="add"),
    path("<slug:ref>/end/", rota.end, name="end"),
]
RECORDS = [path("", records.listing, name="list")]
SENDING = [
    path("", sending.page, name="page"),
    path("live/", sending.live, name="live"),
    path("halt/", sending.halt, name="halt"),
    path("lift/", sending.lift, name="lift"),
    path("allow/", sending.allow, name="allow"),
    path("<slug:ref>/<slug:channel>/decide/", sending.decide, name="decide"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((HOME, "home"))),
    path("alerts/", include((ALERTS, "alerts"))),
    path("inbox/", include((INBOX, "inbox"))),
    path(
        "members/applications/",
        include(
            (
                [
                    path("", applications.listing, name="list"),
                    path("<slug:ref>/confirm/", applications.confirm, name="confirm"),
                    path("<slug:ref>/end/", applications.end, name="end"),
                ],
                "applications",
            )
        ),
    ),
    path("members/leaving/", include((LEAVING, "leaving"))),
    path("members/imports/", include((IMPORTS, "imports"))),
    path("members/pairs/", include((PAIRS, "pairs"))),
    path("members/", include((MEMBERS, "members"))),
    path("schemes/", include((SCHEMES, "schemes"))),
    path("audiences/", include((AUDIENCES, "audiences"))),
    path("places/barriers/", include((BARRIERS, "barriers"))),
    path("places/", include((PLACES, "places"))),
    path("coverage/", include((COVERAGE, "coverage"))),
    path("networks/", include((NETWORKS, "networks"))),
    path("records/", include((RECORDS, "records"))),
    path("rota/", include((ROTA, "rota"))),
    path("sending/", include((SENDING, "sending"))),
]
