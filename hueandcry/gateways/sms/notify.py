"""Texts by GOV.UK Notify."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from hueandcry.gateways.contract import Fate, Heard, Incoming, Outgoing, Receipt, Said, Told, UnreadableError
from hueandcry.gateways.notify import Notify, NotSendableError, Service, moment_of, service_as_set
from hueandcry.kit import clock

# Six parts of a text.
LONGEST = 918
_INTERNATIONAL = re.compile(r"[1-9][0-9]{9,14}")


class NotifyText(Notify):
    """Texts by GOV.UK Notify."""

    name = "notify-text"
    channel = "sms"
    kind = "sms"

    def service_as_set(self) -> Service:
        """Return our service as the settings say."""
        return service_as_set(settings.NOTIFY_TEXT_TEMPLATE, settings.NOTIFY_TEXT_SENDER)

    def body_of(self, message: Outgoing) -> dict[str, Any]:
        """Return what a text needs.

        Raises:
            NotSendableError: it is longer than Notify takes.
        """
        if len(message.body) > LONGEST:
            raise NotSendableError(f"Notify takes texts of {LONGEST} characters and no longer.", Fate.FAILED)
        asked: dict[str, Any] = {"phone_number": message.address, "personalisation": {"body": message.body}}
        return asked | ({"sms_sender_id": self.service.sender} if self.service.sender else {})

    def _pages(self) -> Iterator[tuple[list[Receipt], list[Incoming]]]:
        """Yield what became of ours, then what people texted."""
        yield from super()._pages()
        items = self._page("received_text_messages", [])
        new = [item for item in items if self._is_new(str(item.get("id")), "came")]
        yield [], [came for item in new if (came := self.incoming(item)) is not None]

    def hears(self, told: Told, said: Said) -> Heard:
        """Read one call of Notify's: a receipt, or at `/hooks/notify-text/text/` what somebody texted.

        Raises:
            ForgedError: it does not show the token that we agreed on.
            UnreadableError: it is nothing of Notify's.
            NotHereError: we gave Notify no such address.
        """
        if told.what != "text":
            return super().hears(told, said)
        came = self.incoming(self._called(told))
        if came is None:
            raise UnreadableError
        return Heard(incoming=[came])

    def incoming(self, item: Mapping[str, Any]) -> Incoming | None:
        """Return a text that somebody sent us, from Notify's list or from its call; None when it is none."""
        one, body = item.get("id"), item.get("content", item.get("message"))
        sender = item.get("user_number", item.get("source_number"))
        if not (isinstance(one, str) and one and isinstance(body, str) and isinstance(sender, str)):
            return None
        at = moment_of(item.get("created_at", item.get("date_received"))) or clock.now()
        return Incoming(self.name, one, self.channel, with_country(sender), body, at)


def with_country(number: str) -> str:
    """Return a number as we keep them: Notify leaves the + away; a short code or a name stays as it is."""
    return f"+{number}" if _INTERNATIONAL.fullmatch(number) else number
