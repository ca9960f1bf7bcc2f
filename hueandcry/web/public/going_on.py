"""The page of those who were brought over from another system and are asked once whether they go on with us."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hueandcry.domain.members.actions import bringing
from hueandcry.domain.members.queries.bringing import asks_of
from hueandcry.domain.members.rules import Channel, ConsentHow, MemberDetail
from hueandcry.kit.finding import NotHereError
from hueandcry.web.public.my import by_secret_link


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def go_on(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Let somebody who was asked again agree to e-mails with one press."""
    if not asks_of(member_ids=[held.id]):
        raise NotHereError("page")
    done = request.method == "POST"
    if done:
        bringing.say_yes(member_ids=[held.id], channel=Channel.EMAIL, how=ConsentHow.WEB, actor=f"page:{held.ref}")
    return render(request, "public/my/go_on.html", {"token": token, "done": done})
