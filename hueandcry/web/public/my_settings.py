"""What a member changes on their own page: ways and hours, numbers, places, subjects."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members.actions import preferences as actions
from hueandcry.domain.members.queries import applying, own_page
from hueandcry.domain.members.rules import Language, MemberDetail, Reading
from hueandcry.domain.members.rules.joining import WHATSAPP_WORDING, consent_words, version_in, wording_for
from hueandcry.domain.members.rules.push import PUSH_WORDING
from hueandcry.domain.messaging.queries.browsers import browser_key
from hueandcry.domain.organisations.queries import force
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import language_now, say
from hueandcry.web.parts.limits import too_often
from hueandcry.web.public.my import by_secret_link
from hueandcry.web.public.my_forms import ContactForm, PauseForm, PersonForm, PlaceForm, TopicsForm, WaysForm

MOST_CODES = 30
SAFE = {"yes": True, "no": False, "unsaid": None}


def _me(held: MemberDetail) -> str:
    return f"member:{held.ref}"


def _number(text: str) -> int:
    """Read which of a member's own things is meant; what is none is not here."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - as long as an id can be
        raise NotHereError("number")
    return int(text)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def how(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Change by which ways and at which hours each kind of message comes."""
    settings = own_page.settings_of(member_id=held.id)
    form = WaysForm(request.POST if request.method == "POST" else None, settings=settings)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_ways(member_id=held.id, rows=form.rows(), actor=_me(held))
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, say("Kept: it holds from now on."))
            return redirect("public:my:how", token=token)
    return render(request, "public/my/how.html", {"token": token, "held": held, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def person(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Change the name, the language, how they read, and how many messages a week."""
    now = own_page.settings_of(member_id=held.id)
    initial = {
        "name": now.name,
        "language": now.language,
        "reading": now.reading,
        "weekly_budget": now.weekly_budget,
    }
    form = PersonForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.set_person(
                member_id=held.id,
                name=given["name"],
                language=Language(given["language"]),
                reading=Reading(given["reading"]),
                weekly_budget=given["weekly_budget"],
                actor=_me(held),
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, say("Kept."))
            return redirect("public:my:person", token=token)
    return render(request, "public/my/person.html", {"token": token, "held": held, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def reach(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show the ways to reach a member, and add one, which a code confirms."""
    ours = force()
    form = ContactForm(request.POST if request.method == "POST" else None, force=ours.name)
    version = version_in(language_now())
    if request.method == "POST" and form.is_valid():
        if too_often(request, "join", most=MOST_CODES):
            return render(request, "429.html", status=429)
        contact = form.cleaned_data["contact"]
        agreed = version_in(language_now(), wording_for(contact.channel))
        try:
            made = actions.ask_contact(member_id=held.id, contact=contact, actor=_me(held), wording=agreed)
        except actions.MemberError as refusal:
            form.add_error("way", str(refusal))
        else:
            return redirect("public:join:code", sealed=applying.pass_of(ref=made.ref))
    context = {
        "token": token,
        "held": held,
        "form": form,
        "contacts": own_page.contacts_of(member_id=held.id),
        "wording": consent_words(version, organisation=ours.name),
        "version": version,
        "whatsapp_wording": consent_words(version_in(language_now(), WHATSAPP_WORDING), organisation=ours.name),
        "whatsapp_version": version_in(language_now(), WHATSAPP_WORDING),
        "push_key": browser_key(),
        "push_wording": consent_words(version_in(language_now(), PUSH_WORDING), organisation=ours.name),
        "push_version": version_in(language_now(), PUSH_WORDING),
    }
    return render(request, "public/my/reach.html", context)


@require_POST
@by_secret_link
def mark(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Say whether others hear or read what comes to one number or address, and whether it is safe."""
    actions.mark_contact(
        member_id=held.id,
        contact_id=_number(request.POST.get("contact", "")),
        shared=bool(request.POST.get("shared")),
        safe=SAFE.get(request.POST.get("safe", "")),
        actor=_me(held),
    )
    messages.success(request, say("Kept."))
    return redirect("public:my:reach", token=token)


@require_POST
@by_secret_link
def remove_contact(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Remove one way to reach a member."""
    try:
        actions.remove_contact(member_id=held.id, contact_id=_number(request.POST.get("contact", "")), actor=_me(held))
        messages.success(request, say("Removed: nothing goes there any more."))
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("public:my:reach", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def places(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show a member's places, and add one."""
    form = PlaceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and not form.is_to_ask():
        try:
            actions.add_place(member_id=held.id, place=form.place(), actor=_me(held))
        except actions.MemberError as refusal:
            form.add_error("where", str(refusal))
        else:
            messages.success(request, say("Added: you hear what happens there too."))
            return redirect("public:my:places", token=token)
    return render(request, "public/my/places.html", {"token": token, "held": held, "form": form})


@require_POST
@by_secret_link
def remove_place(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Remove one of a member's places."""
    try:
        actions.remove_place(member_id=held.id, place_id=_number(request.POST.get("place", "")), actor=_me(held))
        messages.success(request, say("Removed."))
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("public:my:places", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def interests(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Change what a member wants to hear about."""
    initial = {"topics": [str(topic) for topic in own_page.interests_of(member_id=held.id)]}
    form = TopicsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        topics = [int(topic) for topic in form.cleaned_data["topics"]]
        actions.set_interests(member_id=held.id, topic_ids=topics, actor=_me(held))
        messages.success(request, say("Kept."))
        return redirect("public:my:interests", token=token)
    return render(request, "public/my/interests.html", {"token": token, "held": held, "form": form})


@require_POST
@by_secret_link
def pause_until(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Send a member nothing until a day: a holiday, or lambing."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["until"][0]))
        return redirect("public:my:page", token=token)
    try:
        until = timezone.make_aware(dt.datetime.combine(form.cleaned_data["until"], dt.time()))
        member_actions.pause(member_id=held.id, until=until, actor=_me(held))
    except (actions.MemberError, OverflowError) as refusal:
        said = str(refusal) if isinstance(refusal, actions.MemberError) else say("Choose a nearer day.")
        messages.error(request, said)
    return redirect("public:my:page", token=token)
