"""Addresses of the doors for providers: `/hooks/<gateway>/<what>/` is `hooks:messaging:hear`."""

from django.urls import include, path

from hueandcry.web.hooks import messaging

app_name = "hooks"
in_messaging = [path("<slug:gateway>/<slug:what>/", messaging.hear, name="hear")]
urlpatterns = [path("", include((in_messaging, "messaging")))]
