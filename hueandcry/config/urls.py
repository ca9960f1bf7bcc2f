"""Every address of the site."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("desk/", include("hueandcry.web.desk.urls")),
    path("", include("hueandcry.web.public.urls")),
]
