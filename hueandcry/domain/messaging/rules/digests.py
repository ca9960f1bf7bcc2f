"""How several messages are said as one. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from hueandcry.domain.messaging.rules.lines import Words
from hueandcry.kit import gsm7
from hueandcry.kit.words import mark, say, texted

# A text of a digest takes no more parts than this: what does not fit is counted.
MOST_PARTS = 2
MOST_SUBJECT = 200
RULE = "\n\n----------------------------------------\n\n"
MORE = mark("In full: your own page, or ring 101. In danger? 999.")
SPOKEN_MORE = mark("If you can help with any of these, call 1 0 1. If anybody is in danger, call 9 9 9.")
WHY_EMAIL = mark(
    "You had as many messages this week as you want, so we kept these {many} and send them as one.\n"
    "How many you get in a week, you choose on your own page: {{page}}"
)


def digest_words(items: Sequence[Words], *, signs: str) -> Words:
    """Return several messages as one: a text with their headlines, a call that names each, an e-mail with all in full.

    One alone is said as it stands. The words are those of the language of the moment. No text holds a link to
    anybody's page: others could read it.
    """
    if len(items) == 1:
        return replace(items[0])
    lines = [f"{number}. {_headline(item.subject, signs)}" for number, item in enumerate(items, start=1)]
    return Words(
        text=_text(say("{signs}: {many} messages that could wait.").format(signs=signs, many=len(items)), lines),
        spoken=" ".join([
            say("This is {signs}. We kept {many} messages for you, so that we need not ring for each.").format(
                signs=signs, many=len(items)
            ),
            *(say("Number {line}.").format(line=line.rstrip(". ")) for line in lines),
            say(SPOKEN_MORE),
        ]),
        subject=say("{signs}: {many} messages that could wait").format(signs=signs, many=len(items))[:MOST_SUBJECT],
        email=RULE.join([
            f"{say(WHY_EMAIL).format(many=len(items))}\n\n" + "\n".join(lines),
            *(item.email.strip() for item in items),
        ]),
    )  # fmt: skip


def _headline(subject: str, signs: str) -> str:
    """Return a subject without who signs: they sign once."""
    return " ".join(subject.removeprefix(signs).lstrip(": ").split()).rstrip(". ") or say("A message")


def _text(start: str, lines: Sequence[str]) -> str:
    """Return as many headlines as fit, with how many more there are."""
    for shown in range(len(lines), 0, -1):
        more = " " + say("And {many} more.").format(many=len(lines) - shown) if shown < len(lines) else ""
        text = texted(f"{start} {'; '.join(lines[:shown])}.{more} {say(MORE)}")
        if gsm7.count(text).parts <= MOST_PARTS:
            return text
    return texted(f"{start} {say(MORE)}")
