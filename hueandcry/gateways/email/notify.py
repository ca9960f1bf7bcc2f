"""E-mail by GOV.UK Notify."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from hueandcry.gateways.contract import Outgoing
from hueandcry.gateways.notify import Notify, Service, service_as_set


class NotifyMail(Notify):
    """E-mail by GOV.UK Notify."""

    name = "notify-mail"
    channel = "email"
    kind = "email"

    def service_as_set(self) -> Service:
        """Return our service as the settings say."""
        return service_as_set(settings.NOTIFY_MAIL_TEMPLATE, settings.NOTIFY_MAIL_REPLY_TO)

    def body_of(self, message: Outgoing) -> dict[str, Any]:
        """Return what an e-mail needs; one press in the mail program stops ours, as in every other (RFC 8058)."""
        words = {"subject": message.subject, "body": message.body}
        asked: dict[str, Any] = {"email_address": message.address, "personalisation": words}
        stop = dict(message.headers).get("List-Unsubscribe", "").strip("<> ")
        if urlsplit(stop).scheme == "https":
            asked["one_click_unsubscribe_url"] = stop
        return asked | ({"email_reply_to_id": self.service.sender} if self.service.sender else {})
