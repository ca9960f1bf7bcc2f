"""What people get, shown before it goes: each channel and language by the templates that they see it by."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.queries import previewing
from hueandcry.domain.alerts.queries.posting import looks_posted
from hueandcry.domain.alerts.queries.previewing import Looks
from hueandcry.domain.alerts.rules.checks import may_go_abroad
from hueandcry.domain.alerts.rules.tongues import OTHERS
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.queries.whatsapp import offers_whatsapp
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.languages import talking


@require_safe
@needs(Permission.ALERT_READ)
def preview(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one alert exactly as each channel and language has it."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    looks = previewing.looks_of(alert=alert)
    context = {"alert": alert, **shown(looks, level=Tier(alert.level), template=alert.template)}
    context |= {"posts": looks_posted(alert=alert), "drawn": _drawn(alert, context)}
    return render(request, "desk/alerts/preview.html", context)


def _drawn(alert: Any, context: dict[str, Any]) -> dict[str, tuple[str, str]]:  # noqa: ANN401 - screens know no tables
    """Return the page and the sheet as visitors who read another language have them, by the language."""
    found: dict[str, tuple[str, str]] = {}
    for language in OTHERS:
        with talking(language):
            looks = previewing.looks_of(alert=alert)
            known = {**context, "page": looks.page, "sheet": looks.sheet}
            page = render_to_string("desk/alerts/_look_page.html", known)
            found[language] = (page, render_to_string("public/_sheet.html", known))
    return found


def shown(looks: Looks, *, level: Tier, template: str) -> dict[str, Any]:
    """Return what `_looks.html` shows; `whatsapp` is empty where nobody is offered it."""
    goes = "goes" if may_go_abroad(level=level, template=template) else "not"
    return {
        "whatsapp": goes if offers_whatsapp() else "",
        "frames": looks.frames,
        "page": looks.page,
        "sheet": looks.sheet,
        "sender": f"{looks.page.signs_as} <{settings.MAIL_FROM}>",
        "number": settings.REPLY_NUMBER,
        "is_public": level == Tier.PUBLIC,
    }
