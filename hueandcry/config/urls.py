"""Every address of the site."""

from django.urls import include, path

from hueandcry.api import v1

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include((v1.urls(), "api"))),
    path("desk/", include("hueandcry.web.desk.urls")),
    path("patrol/", include("hueandcry.web.patrol.urls")),
    path("", include("hueandcry.web.public.urls")),
]
