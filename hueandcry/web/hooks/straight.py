"""The straight way for providers: past sessions, languages, forms and sign-in, which are for people.

One alert to a county brings tens of thousands of receipts, and most providers tell each one alone and once. The way
that people take costs four times as much as reading the signature and keeping the row.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.decorators import sync_and_async_middleware

from hueandcry.kit.finding import NotHereError

HOOKS = "/hooks/"
# Threads that take requests in, each with a connection to the database that stays open.
THREADS = 4
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hooks")

GetResponse = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def straight(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    """Answer what comes to /hooks/ at once, and pass everything else on."""
    if iscoroutinefunction(get_response):

        async def answer_soon(request: HttpRequest) -> HttpResponse:
            match = _match(request)
            if match is None:
                response: HttpResponse = await get_response(request)
                return response
            if isinstance(request, ASGIRequest):
                return await asyncio.get_running_loop().run_in_executor(_threads, _answer, match, request)
            return await sync_to_async(_answer)(match, request)

        return answer_soon

    def answer(request: HttpRequest) -> HttpResponse:
        match = _match(request)
        response: HttpResponse = get_response(request) if match is None else _answer(match, request)
        return response

    return answer


def _match(request: HttpRequest) -> ResolverMatch | None:
    if not request.path_info.startswith(HOOKS):
        return None
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _answer(match: ResolverMatch, request: HttpRequest) -> HttpResponse:
    try:
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except NotHereError:
        response = HttpResponse("Not here.", status=404, content_type="text/plain")
    response["X-Content-Type-Options"] = "nosniff"
    return response
