"""Which language a page speaks: the address says (`/cy/join/`), else the member's own, else the browser's.

No cookie: whoever chose a language has it in the address, and every link and redirect of the page carries it on.
Officers' screens and doors for machines are English. ADR 17.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from hueandcry.kit.words import ENGLISH, LANGUAGES, language_now, speaking

# What is not for the public speaks English, however it was asked for.
ENGLISH_ONLY = ("/desk/", "/patrol/", "/accounts/", "/api/", "/static/")
# As `<html lang>` says it: the English here is British.
TAGS = {ENGLISH: "en-GB"}


class LanguageMiddleware:
    """Lets each public page speak one language, and says which."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Choose, answer, and tell caches what the choice hung on."""
        chosen, rest = _in_address(request.path_info)
        if rest.startswith(ENGLISH_ONLY):
            if chosen and request.method in {"GET", "HEAD"}:
                return redirect(f"{rest}?{query}" if (query := request.META.get("QUERY_STRING")) else rest)
            language = ENGLISH
        else:
            language = chosen or accepted(request.headers.get("Accept-Language", ""))
        request.path_info = rest
        request.language_chosen = chosen  # type: ignore[attr-defined]
        with _addresses_begin_with(chosen), talking(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", tag_of(language))
        if not chosen and not rest.startswith(ENGLISH_ONLY):
            patch_vary_headers(response, ["Accept-Language"])
        return response


def _in_address(path: str) -> tuple[str, str]:
    """Return the language that an address names, and the address without it."""
    first, slash, _ = path[1:].partition("/")
    if slash and first in LANGUAGES:
        return first, path[len(first) + 1 :]
    return "", path


def accepted(header: str) -> str:
    """Return the first of our languages that a browser asks for; English when it asks for none of them."""
    for tag, _ in parse_accept_lang_header(header.lower()):
        if tag.partition("-")[0] in LANGUAGES:
            return tag.partition("-")[0]
    return ENGLISH


@contextlib.contextmanager
def _addresses_begin_with(chosen: str) -> Iterator[None]:
    before = get_script_prefix()
    if chosen:
        set_script_prefix(f"{before}{chosen}/")
    try:
        yield
    finally:
        set_script_prefix(before)


@contextlib.contextmanager
def talking(language: str) -> Iterator[None]:
    """Let Django and our own words speak the same language."""
    with translation.override("en-gb" if language == ENGLISH else language), speaking(language):
        yield


def tag_of(language: str) -> str:
    """Return a language as `<html lang>` and `Content-Language` say it."""
    return TAGS.get(language, language)


def member_speaks(request: HttpRequest, language: str) -> str:
    """Return what a member's own page speaks: what the address says, else the member's language."""
    return getattr(request, "language_chosen", "") or language


def choice(request: HttpRequest) -> dict[str, Any]:
    """Return which language this page speaks and where it stands in the others."""
    _, rest = _in_address(request.path)
    query = request.META.get("QUERY_STRING", "") if request.method == "GET" else ""
    tail = f"{rest}?{query}" if query else rest
    now = language_now()
    return {
        "page_language": tag_of(now),
        "languages": []
        if rest.startswith(ENGLISH_ONLY)
        else [(tag, name, f"/{tag}{tail}", tag == now) for tag, name in LANGUAGES.items()],
    }
