"""One message as every channel says it: what can be built once is built once, before anybody is written to."""

from typing import NamedTuple

from django.conf import settings

from hueandcry.domain.members.queries import applying as members
from hueandcry.domain.members.queries.devices import device_code
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.members.rules.applying import spoken_code
from hueandcry.domain.messaging.actions.claiming import Claims, Row
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries import words_of
from hueandcry.domain.messaging.rules import KEEP_TRYING, Lane, MessageKind, Words
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.gateways.contract import Outgoing
from hueandcry.kit import gsm7
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import ENGLISH


class _Said(NamedTuple):
    """What is said in one language; an e-mail in the pieces between which the link to somebody's page stands."""

    text: str
    spoken: str
    subject: str
    email: list[str]
    parts: int

    @classmethod
    def of(cls, words: Words) -> "_Said":
        """Make it ready for many."""
        return cls(words.text, words.spoken, words.subject, words.email.split("{page}"), gsm7.count(words.text).parts)


class Letter:
    """One message, opened to be handed over."""

    def __init__(self, message: Message) -> None:
        self.id, self.ref, self.about = message.pk, message.ref, message.about
        self.kind, self.lane = MessageKind(message.kind), Lane(message.lane)
        self.is_drill = message.is_drill
        self.until = message.expires_at or message.queued_at + KEEP_TRYING
        self.claims = Claims(
            message_id=message.pk,
            kind=self.kind,
            lane=self.lane,
            organisation_id=message.organisation_id,
            scheme_id=message.scheme_id,
            until=self.until,
            is_drill=self.is_drill,
            each=bool(message.frames) or self.kind == MessageKind.WELCOME,
        )
        self._site = settings.SITE_ADDRESS
        self._signs = message.organisation.signs_as
        self._sender = _whose(message)
        self._own = _Said.of(words_of(message=message, language=""))
        self._others = {language: _Said.of(words_of(message=message, language=language)) for language in message.frames}
        self._is_urgent = self.lane == Lane.URGENT
        # A code is computed here and stands in no table.
        room, _, ref = message.about.partition(":")
        computed = {"application": members.application_code, "device": device_code}.get(room)
        self._is_welcome = self.kind == MessageKind.WELCOME
        is_code = self._is_welcome and "{code}" in message.text
        self._code = computed(ref=ref) if computed and is_code else ""
        # Whoever applies is no member yet: their language stands with what they ask for.
        self._language = members.note_for(ref=ref).language if room == "application" and is_code else ENGLISH

    @classmethod
    def open(cls, message_ref: str) -> "Letter":
        """Return a message as it stands now.

        Raises:
            NotHereError: there is no such message.
        """
        try:
            return cls(Message.objects.select_related("organisation", "scheme").get(ref=message_ref))
        except Message.DoesNotExist:
            raise NotHereError(f"message:{message_ref}") from None

    def reference(self, row: Row) -> str:
        """Return our own word for one row, the same however often it is handed over."""
        return f"{self.ref}-{row.id}"

    def parts(self, row: Row, outgoing: Outgoing) -> int:
        """Return how many parts one row is billed as, by our own count; of words that are everybody's, counted once."""
        if row.channel != Channel.SMS:
            return 1
        said = self._others.get(row.language or "", self._own)
        return said.parts if outgoing.body is said.text else gsm7.count(outgoing.body).parts

    def to(self, row: Row) -> Outgoing:
        """Return what one row's address gets."""
        page = f"{self._site}/my/{row.page_token}/" if row.page_token else f"{self._site}/"
        language = row.language or self._language
        said = self._others.get(language)
        if said is None:
            # What welcomes somebody is said in their own language and in no other.
            said, language = self._own, language if self._is_welcome else ENGLISH
        subject, short = "", ""
        headers: tuple[tuple[str, str], ...] = ()
        if row.channel == Channel.EMAIL:
            subject, body = said.subject, page.join(said.email)
            if row.page_token:
                # One press in the mail program stops it, without a page in between: RFC 8058.
                headers = (
                    ("List-Unsubscribe", f"<{page}stop/{self._sender}>"),
                    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                )
        elif row.channel == Channel.VOICE:
            body, short = said.spoken, said.text
        else:
            body = said.text
        if self._is_welcome:
            code = spoken_code(self._code) if row.channel == Channel.VOICE else self._code
            body, short = (words.replace("{page}", page).replace("{code}", code) for words in (body, short))
        return Outgoing(
            f"{self.ref}-{row.id}",
            row.address,
            body,
            subject,
            self._signs,
            headers,
            language,
            self.until,
            self._is_urgent,
            short,
            page,
            row.before,
            # What goes by itself in a call, after somebody rang us, says what 1 and 9 do.
            row.channel == Channel.VOICE and self.kind == MessageKind.CONTROL,
        )


def _whose(message: Message) -> str:
    """Return what a press in the mail program ends: a scheme's own messages or a partner's alone, else everybody's."""
    if message.scheme is not None:
        return f"?scheme={message.scheme.ref}"
    is_force = message.organisation.kind == OrganisationKind.FORCE
    return "" if is_force else f"?from={message.organisation_id}"
