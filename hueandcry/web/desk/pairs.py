"""Members who may stand here twice: side by side, merged or kept apart by a person, and taken apart again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import pairing as actions
from hueandcry.domain.members.queries import pairing as queries
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs


@require_safe
@needs(Permission.MEMBER_WRITE)
def listing(request: DeskRequest) -> HttpResponse:
    """List those who may stand here twice, and the merges that can be undone."""
    context = {
        "page": pager.page(request, queries.pairs(officer=request.user), size=50),
        "merges": queries.merges(officer=request.user),
    }
    return render(request, "desk/pairs/list.html", context)


@require_safe
@needs(Permission.MEMBER_WRITE)
def page(request: DeskRequest, pair: int) -> HttpResponse:
    """Show two members side by side, with what would be kept."""
    two = queries.side_by_side(officer=request.user, pair_id=pair)
    return render(request, "desk/pairs/page.html", {"two": two, "both": (two.first, two.second)})


@require_POST
@needs(Permission.MEMBER_WRITE)
def merge(request: DeskRequest, pair: int) -> HttpResponse:
    """Make one of two."""
    try:
        made = actions.merge(officer=request.user, pair_id=pair, kept_ref=request.POST.get("kept", ""))
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:pairs:page", pair=pair)
    messages.success(request, "They are one now. You can take them apart again for a year.")
    return redirect("desk:members:page", ref=made.kept.ref)


@require_POST
@needs(Permission.MEMBER_WRITE)
def two(request: DeskRequest, pair: int) -> HttpResponse:
    """Decide that these are two people, who perhaps share a phone."""
    share = bool(request.POST.get("share"))
    try:
        actions.say_two(officer=request.user, pair_id=pair, share=share)
        said = " What both have is kept as shared, so nothing of one alone goes there." if share else ""
        messages.success(request, f"Kept apart; they are not proposed again.{said}")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:pairs:list")


@require_POST
@needs(Permission.MEMBER_WRITE)
def undo(request: DeskRequest, ref: str) -> HttpResponse:
    """Take a merge apart again."""
    try:
        differs = actions.unmerge(officer=request.user, ref=ref)
        messages.success(request, " ".join(["They are two again.", *dict.fromkeys(differs)]))
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:pairs:list")
