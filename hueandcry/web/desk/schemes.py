"""Watch schemes on the desk."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hueandcry.domain.members import queries
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs


@require_safe
@needs(Permission.MEMBER_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List the schemes with how many are in each."""
    return render(request, "desk/schemes/list.html", {"schemes": queries.schemes(officer=request.user)})


@require_safe
@needs(Permission.MEMBER_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show who is in one scheme, coordinators first."""
    scheme = queries.get_scheme(officer=request.user, ref=ref)
    roll = queries.roll(scheme_id=scheme.pk)
    return render(request, "desk/schemes/page.html", {"scheme": scheme, "page": pager.page(request, roll, size=50)})
