"""The demonstration's own page: who may sign in, with one press, and where to look. Nowhere else."""

from itertools import groupby

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts.doors import in_the_demonstration, open_to_all

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@open_to_all
@in_the_demonstration
def cast(request: HttpRequest) -> HttpResponse:
    """List the made-up officers, each with a button that signs in as them."""
    by_organisation = groupby(organisations.demo_officers(), key=lambda officer: officer.organisation.name)
    groups = [
        (name, [(officer, [Role(role).label for role in officer.roles]) for officer in officers])
        for name, officers in by_organisation
    ]
    return render(request, "public/demonstration/cast.html", {"groups": groups})


@open_to_all
@require_POST
@in_the_demonstration
def sign_in(request: HttpRequest, ref: str) -> HttpResponse:
    """Sign in as one of the made-up officers."""
    for officer in organisations.demo_officers():
        if officer.ref == ref:
            login(request, officer, backend=BACKEND)
            return redirect(settings.LOGIN_REDIRECT_URL)
    raise NotHereError("officer")
