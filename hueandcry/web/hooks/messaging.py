"""What the providers of texts, e-mail and calls tell us. A signature opens the door: each gateway knows its own."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hueandcry.domain.messaging.actions import hooks
from hueandcry.web.parts.doors import open_to_all


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "POST"])
def hear(request: HttpRequest, gateway: str, what: str) -> HttpResponse:
    """Take in what a provider tells us, and answer it at once."""
    address = request.get_full_path()
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.method == "GET":
        said = hooks.vouch(gateway=gateway, what=what, address=address, headers=headers)
    else:
        most = hooks.most_bytes(gateway=gateway)
        body = request.read(most + 1)
        if len(body) > most:
            return HttpResponse("Too long.", status=413, content_type="text/plain")
        said = _even_after_a_break(
            lambda: hooks.hear(gateway=gateway, what=what, address=address, headers=headers, body=body)
        )
    return HttpResponse(said.body, status=said.status, content_type=f"{said.content_type}; charset=utf-8")


def _even_after_a_break(take_in: Callable[[], hooks.Answered]) -> hooks.Answered:
    """Take in once more when the database was away: most providers tell a thing once, and told twice it counts once."""
    try:
        return take_in()
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return take_in()
