"""Every address of the site."""

from django.urls import include, path

from hueandcry.api.urls import urls as for_machines

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include((for_machines(), "api"))),
    path("desk/", include("hueandcry.web.desk.urls")),
    path("hooks/", include("hueandcry.web.hooks.urls")),
    path("patrol/", include("hueandcry.web.patrol.urls")),
    path("", include("hueandcry.web.public.urls")),
]
