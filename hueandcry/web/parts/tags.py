"""Template tags and filters of all screens: `{% load parts %}`. The words themselves are in labels.py."""

from typing import Any

from django import template
from django.template import Context
from django.urls import get_script_prefix, resolve, reverse

from hueandcry.domain.messaging.rules.budget import ordinal
from hueandcry.domain.messaging.rules.costs import money
from hueandcry.kit import gsm7
from hueandcry.kit.words import say
from hueandcry.web.parts import labels

register = template.Library()

for name in (
    "clock_time",
    "day",
    "moment",
    "seconds",
    "waited",
    "distance",
    "phone",
    "postcode",
    "half_hidden",
    "audience",
    "without_ref",
):
    register.filter(name, getattr(labels, name))
register.filter("money", money)


@register.filter
def nth(number: int) -> str:
    """Say the place of a number: {{ 6|nth }} gives 6th."""
    return ordinal(number)


@register.filter
def text_parts(text: str) -> list[str]:
    """Return the texts that a text becomes, as an old phone shows them: {% for part in text|text_parts %}."""
    return gsm7.split(text)


@register.filter
def times(count: int, noun: str) -> str:
    """Count things: {{ 3|times:"member" }} gives 3 members; an odd plural follows a comma: "entry,entries"."""
    singular, _, odd_plural = noun.partition(",")
    return labels.plural(count, singular, odd_plural)


@register.filter
def may(officer: Any, permission: str) -> bool:  # noqa: ANN401 - nobody at all is asked too
    """Say whether somebody may do this: {% if request.user|may:"member:vet" %}."""
    return bool(getattr(officer, "may", lambda _: False)(permission))


@register.simple_tag
def label(value: str, kind: str) -> str:
    """Say a stored word as people read it: {% label alert.state "alert" %}."""
    return labels.kind_of(value, kind).label


@register.inclusion_tag("parts/_tag.html")
def tag(value: str, kind: str) -> dict[str, str]:
    """Show a state as a coloured tag: {% tag alert.state "alert" %}."""
    word = labels.kind_of(value, kind)
    return {"words": word.label, "colour": labels.COLOURS.get(word, "grey")}


@register.inclusion_tag("parts/_nav.html", takes_context=True)
def nav(context: Context, label: str, *entries: str, width: str = "") -> dict[str, Any]:
    """Show links to screens, each "address name=words"; screens that the visitor may not enter are left out."""
    request = context.get("request")
    items = []
    for entry in entries:
        screen, _, words = entry.partition("=")
        address = reverse(screen)
        needed = getattr(resolve(f"/{address.removeprefix(get_script_prefix())}").func, "permission", None)
        if needed is None or getattr(getattr(request, "user", None), "may", lambda _: False)(needed):
            match = getattr(request, "resolver_match", None)
            room = screen.rpartition(":")[0]
            here = match is not None and f"{match.view_name}:".startswith(f"{room}:")
            items.append({"address": address, "words": say(words), "here": here})
    return {"items": items, "label": say(label), "width": width}
