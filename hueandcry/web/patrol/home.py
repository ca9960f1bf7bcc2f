"""The shell of the phone's app, which holds nobody's data: page, service worker, manifest, and what it takes along."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hueandcry.domain.knowledge.queries import topics
from hueandcry.domain.members.queries.visits import offers
from hueandcry.domain.members.rules import CONSENT_VERSION, CONSENT_WORDINGS, Language, PlaceUse, Purpose
from hueandcry.domain.members.rules.doorstep import DRAFT_LIVES
from hueandcry.domain.members.rules.mailboxes import COMMON, REAL
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.web.parts.doors import DeskRequest, needs

# Everything that the page needs without signal. The modules import one another by these names.
STYLES = ("govuk/govuk-frontend.min.css", "hueandcry.css", "patrol/patrol.css", "favicon.svg")
MODULES = (
    "patrol/app.js",
    "patrol/draft.js",
    "patrol/keys.js",
    "patrol/mailboxes.js",
    "patrol/sending.js",
    "patrol/store.js",
    "patrol/street.js",
)
ICONS = ("patrol/icon-192.png", "patrol/icon-512.png", "patrol/icon-whole-512.png")


@require_safe
@needs(Permission.MEMBER_WRITE)
@never_cache
def front(request: DeskRequest) -> HttpResponse:
    """Open the app: the same page for everybody, kept on the phone to work without signal."""
    return render(request, "patrol/home/front.html", _words())


@require_safe
@needs(Permission.MEMBER_WRITE)
@never_cache
def worker(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Give the service worker, with the list of what it keeps and a version that changes with any of it."""
    front_page = reverse("patrol:home:front")
    # `app.js` is asked for by its hashed name from the page, the others by their plain names from one another.
    kept = [front_page, *(static(name) for name in (*STYLES, *ICONS)), static("patrol/app.js")]
    kept += [f"{settings.STATIC_URL}{name}" for name in MODULES if name != "patrol/app.js"]
    words = json.dumps({"version": _version(), "front": front_page, "kept": kept})
    answer = HttpResponse(f"const SHELL = {words};\n{_source('patrol/worker.js')}", content_type="text/javascript")
    answer["Service-Worker-Allowed"] = front_page
    return answer


@require_safe
@needs(Permission.MEMBER_WRITE)
def manifest(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Tell a phone how to install the app."""
    front_page = reverse("patrol:home:front")
    icons = [
        {"src": static("patrol/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("patrol/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static("patrol/icon-whole-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    about = {
        "id": front_page,
        "name": f"{settings.SERVICE_NAME} doorstep",
        "short_name": "Doorstep",
        "description": "Sign households up at the door, with or without signal.",
        "lang": "en-GB",
        "start_url": front_page,
        "scope": front_page,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1f4a3d",
        "icons": icons,
    }
    return JsonResponse(about, content_type="application/manifest+json")


@require_safe
@needs(Permission.MEMBER_WRITE)
@never_cache
def pack(request: DeskRequest) -> HttpResponse:
    """Give what the phone takes along: who is signed in, what may be offered, the words to read out, our time."""
    offered = offers(officer=request.user)
    return JsonResponse(
        {
            "token": get_token(request),
            "officer": request.user.ref,
            "name": request.user.get_full_name(),
            "now": round(clock.now().timestamp() * 1000),
            "wording": CONSENT_VERSION,
            "organisations": [
                {
                    "id": one.pk,
                    "name": one.name,
                    "words": CONSENT_WORDINGS[CONSENT_VERSION].format(organisation=one.name),
                }
                for one in offered.organisations
            ],
            "schemes": [{"id": scheme.pk, "name": scheme.name} for scheme in offered.schemes],
            "topics": [{"id": topic.id, "name": topic.name} for topic in topics()],
        }
    )


def _words() -> dict[str, object]:
    """Return what the page says: lists that are the same for everybody."""
    return {
        "purposes": Purpose.asked_for(),
        "languages": Language.choices(),
        "uses": [choice for choice in PlaceUse.choices() if choice[0] != PlaceUse.HOME],
        # The page lies on the phone for anybody to open: what waits to be said to one officer must not be on it.
        "messages": (),
        "mailboxes": {"common": COMMON, "real": sorted(REAL)},
        "hours": int(DRAFT_LIVES.total_seconds() // 3600),
    }


def _version() -> str:
    """Return a name for exactly this shell: of everything that it is made of."""
    sources = [*(_source(name) for name in (*STYLES[1:3], *MODULES, "patrol/worker.js"))]
    sources += [static(name) for name in (*STYLES, *ICONS)]
    sources.append(render_to_string("patrol/home/front.html", _words()))
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]


def _source(name: str) -> str:
    found = finders.find(name)
    if not found:  # a plain sentence in the log instead of a phone that keeps half an app
        raise FileNotFoundError(f"The static file {name} is missing: run `make setup`.")
    return Path(str(found)).read_text(encoding="utf-8")
