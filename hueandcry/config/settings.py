"""Every setting, each from the environment, each with a comment that becomes docs/settings.md."""

import os
from operator import methodcaller
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hueandcry.kit import postgres

BASE_DIR = Path(__file__).resolve().parents[2]


def env_text(name: str, default: str = "") -> str:
    """Read words."""
    return os.environ.get(name, default)  # noqa: TID251


def env_bool(name: str, *, default: bool = False) -> bool:
    """Read on/off: 1, true, yes, on."""
    return env_text(name, "1" if default else "").strip().lower() in {"1", "true", "yes", "on"}


def env_int(name: str, default: int) -> int:
    """Read a whole number."""
    return int(env_text(name, str(default)))


def env_secret(name: str, default: str = "") -> str:
    """Read a secret from NAME or from the file that NAME_FILE names."""
    file = env_text(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else env_text(name, default)


# Compiling a query takes half a second, and pays only for those that run for many: ours are to be done by then.
NO_COMPILING = "-c jit=off"


# A cut in the network is noticed within 15 seconds, not after minutes: by whoever waits for an answer and by whoever
# sends into nothing. Of no effect on a socket of this machine.
NOTICE_A_CUT = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def database(url: str) -> dict[str, Any]:
    """Turn a postgresql:// address into Django's words; none means the embedded server."""
    if not url:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": postgres.DATABASE,
            "USER": postgres.USER,
            "HOST": str(postgres.socket_folder(VAR)),
            "OPTIONS": {"options": NO_COMPILING},
        }
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": {**NOTICE_A_CUT, **options, "options": f"{options.get('options', '')} {NO_COMPILING}".strip()},
    }


# Folder for everything that the program writes: embedded database, collected static files, the demonstration's secret.
VAR = Path(env_text("HUEANDCRY_VAR", str(BASE_DIR / "var"))).resolve()

# Show the made-up force, its one-press sign-in and its sandbox phones. Never on a live system.
DEMONSTRATION = env_bool("DEMONSTRATION")

# Developer's mode: error pages with code, the X-Screen header.
DEBUG = env_bool("DEBUG")

# Signs cookies and links (or SECRET_KEY_FILE). Without it one is made and kept in var/secret.
SECRET_KEY_IS_KEPT = not env_secret("SECRET_KEY")
SECRET_KEY = postgres.kept_secret(VAR) if SECRET_KEY_IS_KEPT else env_secret("SECRET_KEY")

# The port that the site listens on.
PORT = env_int("PORT", 8000)

# The address that the site listens on: 127.0.0.1 is for this machine only, 0.0.0.0 for every network that it is on.
BIND = env_text("BIND", "127.0.0.1")

# How many workers `hueandcry up` keeps running beside the site; more of them on other machines: `hueandcry work`.
WORKERS = env_int("WORKERS", 2)

# Host names that the site answers to, separated by commas.
ALLOWED_HOSTS = env_text("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

# Full addresses of the site for links in messages and for cross-site checks, e.g. https://rural.example.police.uk
SITE_ADDRESS = env_text("SITE_ADDRESS", f"http://localhost:{PORT}")
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

# PostgreSQL 15 or later, e.g. postgresql://user:password@host/hueandcry; empty means the embedded server.
DATABASE_URL = env_secret("DATABASE_URL")
DATABASES = {"default": database(DATABASE_URL)}

# The force's time zone.
TIME_ZONE = env_text("TIME_ZONE", "Europe/London")
USE_TZ = True
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg"), ("pl", "Polski")]
LOCALE_PATHS = [BASE_DIR / "hueandcry" / "locale"]
USE_I18N = True

# Whether what the service says by itself in Welsh goes without circumflexes in texts, where one would make a text cost
# twice (domain.md A23): only after somebody who answers for the force's Welsh has approved it. Polish always does.
WELSH_WITHOUT_ACCENTS = env_bool("WELSH_WITHOUT_ACCENTS", default=False)

# Name of the service on every page and in every message.
SERVICE_NAME = env_text("SERVICE_NAME", "Hue and Cry")

# Whom an officer speaks to before somebody who tells us things becomes a covert source, as the sentinel says it.
SOURCE_UNIT = env_text("SOURCE_UNIT", "the source unit")

# Name of the force beside it.
FORCE_NAME = env_text("FORCE_NAME", "Doggerland Constabulary" if DEMONSTRATION else "")

# The number to which anybody may text an answer, as people write it: it stands on cards and sheets. Empty: call 101.
REPLY_NUMBER = env_text("REPLY_NUMBER", "07700 900999" if DEMONSTRATION else "")

# Tell officers by e-mail and text that an alert waits for them, and its author what became of it. Off: it only stands
# on their desk, for a force that has another way of paging them.
TELL_OFFICERS = env_bool("TELL_OFFICERS", default=True)

# The control room's number as officers ring it, said where nobody takes what waits for approval. Empty: none is said.
CONTROL_ROOM_NUMBER = env_text("CONTROL_ROOM_NUMBER", "01632 960199" if DEMONSTRATION else "")

# Which gateway carries which channel. A live gateway is a line here (docs/how/add-a-channel.md).
GATEWAYS = {
    "sms": env_text("GATEWAY_SMS", "hueandcry.gateways.sms.sandbox.SandboxText"),
    "email": env_text("GATEWAY_EMAIL", "hueandcry.gateways.email.sandbox.SandboxMail"),
    "voice": env_text("GATEWAY_VOICE", "hueandcry.gateways.voice.sandbox.SandboxVoice"),
}

# Letters that somebody else prints and posts: hueandcry.gateways.post.notify.NotifyLetter. Empty: we print, you post.
GATEWAY_POST = env_text("GATEWAY_POST")

# Where public alerts are posted for everybody to read: hueandcry.gateways.social.mastodon.Mastodon, and
# hueandcry.gateways.social.bluesky.Bluesky. Empty: nowhere.
GATEWAY_MASTODON = env_text("GATEWAY_MASTODON")
GATEWAY_BLUESKY = env_text("GATEWAY_BLUESKY")

# WhatsApp: hueandcry.gateways.whatsapp.WhatsApp. Empty: no member is offered it.
GATEWAY_WHATSAPP = env_text("GATEWAY_WHATSAPP")

# Notifications on phones and computers: hueandcry.gateways.push.web.WebPush. Empty: no member is offered them.
GATEWAY_PUSH = env_text("GATEWAY_PUSH")
GATEWAYS |= {
    channel: line
    for channel, line in {
        "post": GATEWAY_POST,
        "mastodon": GATEWAY_MASTODON,
        "bluesky": GATEWAY_BLUESKY,
        "whatsapp": GATEWAY_WHATSAPP,
        "push": GATEWAY_PUSH,
    }.items()
    if line
}

# The relay that takes our mail to members: its name in the network (with hueandcry.gateways.email.smtp.SmtpMail above).
MAIL_HOST = env_text("MAIL_HOST")

# Its port: 25 or 587 with starttls, 465 with tls.
MAIL_PORT = env_int("MAIL_PORT", 587)

# How the way to it is kept secret: starttls, tls (from the first byte), or none for a relay on this machine.
MAIL_TLS = env_text("MAIL_TLS", "starttls")

# A file with the certificate of the force's own authority; empty means the machine's usual ones.
MAIL_CA_FILE = env_text("MAIL_CA_FILE")

# Name and password at the relay, where it wants them (or MAIL_PASSWORD_FILE). Never sent in clear.
MAIL_USER = env_text("MAIL_USER")
MAIL_PASSWORD = env_secret("MAIL_PASSWORD")

# The address that members see as the sender; the name beside it is the organisation's.
MAIL_FROM = env_text("MAIL_FROM", "alerts@example.org")

# Where answers go, and where bounces go; {reference} becomes the message's own. Empty: to MAIL_FROM.
MAIL_REPLY_TO = env_text("MAIL_REPLY_TO")
MAIL_BOUNCES_TO = env_text("MAIL_BOUNCES_TO")

# Where `hueandcry mail` takes in bounces and answers that the force's mail server forwards: 127.0.0.1:2525, say. Only
# that server may reach it. Empty: it takes in none. `hueandcry up` starts it when it is set.
MAIL_IN_LISTEN = env_text("MAIL_IN_LISTEN")

# Our name as we say it to the relay; empty means the domain of MAIL_FROM.
MAIL_HELO = env_text("MAIL_HELO")

# Connections to the relay from each worker, letters on each before a new one, seconds that an idle one is kept.
MAIL_CONNECTIONS = env_int("MAIL_CONNECTIONS", 10)
MAIL_PER_CONNECTION = env_int("MAIL_PER_CONNECTION", 1000)
MAIL_IDLE_SECONDS = env_int("MAIL_IDLE_SECONDS", 30)

# Several letters ahead of their answers where the relay offers CHUNKING; 0 for one that offers it and handles it badly.
MAIL_CHUNKING = env_bool("MAIL_CHUNKING", default=True)

# Seconds that one answer of the relay may take, and that one window of letters may take before the rest goes back.
MAIL_ANSWER_SECONDS = env_int("MAIL_ANSWER_SECONDS", 10)
MAIL_BATCH_SECONDS = env_int("MAIL_BATCH_SECONDS", 20)

# Texts by SMPP 3.4 (hueandcry.gateways.sms.smpp.SmppText): the provider's name in the network and its port.
SMPP_HOST = env_text("SMPP_HOST")
SMPP_PORT = env_int("SMPP_PORT", 3550)

# How the way to it is kept secret: tls, or none through a private network.
SMPP_TLS = env_text("SMPP_TLS", "tls")

# A file with the certificate of the provider's own authority; empty means the machine's usual ones.
SMPP_CA_FILE = env_text("SMPP_CA_FILE")

# What the provider calls system_id, password (or SMPP_PASSWORD_FILE) and system_type; most want no system_type.
SMPP_USER = env_text("SMPP_USER")
SMPP_PASSWORD = env_secret("SMPP_PASSWORD")
SMPP_SYSTEM_TYPE = env_text("SMPP_SYSTEM_TYPE")

# How we connect: transceiver, pair (a transmitter and a receiver), or transmitter where nothing comes back.
SMPP_MODE = env_text("SMPP_MODE", "transceiver")

# The number, short code or name (11 letters) that texts come from; or ton:npi:address in full. Empty: REPLY_NUMBER.
SMPP_SENDER = env_text("SMPP_SENDER")

# The provider's default alphabet: gsm (GSM 03.38, unpacked) or latin-1 (sent as data_coding 3).
SMPP_ALPHABET = env_text("SMPP_ALPHABET", "gsm")

# How a text of several parts goes: udh (a header in each), sar (parameters in each) or payload (the provider cuts it).
SMPP_LONG = env_text("SMPP_LONG", "udh")

# How receipts name a message: same as the hand-over, decimal (the hand-over: hexadecimal), or hex (the other way).
SMPP_RECEIPT_IDS = env_text("SMPP_RECEIPT_IDS", "same")

# Connections that the provider allows us, over all workers; a pair counts once. Texts without an answer on each.
SMPP_BINDS = env_int("SMPP_BINDS", 2)
SMPP_WINDOW = env_int("SMPP_WINDOW", 50)

# Seconds of silence before we ask whether the provider lives; that one answer, and that one window of texts may take.
SMPP_ENQUIRE_SECONDS = env_int("SMPP_ENQUIRE_SECONDS", 30)
SMPP_ANSWER_SECONDS = env_int("SMPP_ANSWER_SECONDS", 10)
SMPP_BATCH_SECONDS = env_int("SMPP_BATCH_SECONDS", 40)

# A second account by SMPP beside the first (hueandcry.gateways.sms.smpp.SecondSmppText).
SMPP2_HOST = env_text("SMPP2_HOST")
SMPP2_USER = env_text("SMPP2_USER")
SMPP2_PASSWORD = env_secret("SMPP2_PASSWORD")

# Of the second account: as in the first where it is not set.
SMPP2_PORT = env_int("SMPP2_PORT", SMPP_PORT)
SMPP2_TLS = env_text("SMPP2_TLS", SMPP_TLS)
SMPP2_CA_FILE = env_text("SMPP2_CA_FILE", SMPP_CA_FILE)
SMPP2_SYSTEM_TYPE = env_text("SMPP2_SYSTEM_TYPE", SMPP_SYSTEM_TYPE)
SMPP2_MODE = env_text("SMPP2_MODE", SMPP_MODE)
SMPP2_SENDER = env_text("SMPP2_SENDER", SMPP_SENDER)
SMPP2_ALPHABET = env_text("SMPP2_ALPHABET", SMPP_ALPHABET)
SMPP2_LONG = env_text("SMPP2_LONG", SMPP_LONG)
SMPP2_RECEIPT_IDS = env_text("SMPP2_RECEIPT_IDS", SMPP_RECEIPT_IDS)
SMPP2_BINDS = env_int("SMPP2_BINDS", SMPP_BINDS)
SMPP2_WINDOW = env_int("SMPP2_WINDOW", SMPP_WINDOW)
SMPP2_ENQUIRE_SECONDS = env_int("SMPP2_ENQUIRE_SECONDS", SMPP_ENQUIRE_SECONDS)
SMPP2_ANSWER_SECONDS = env_int("SMPP2_ANSWER_SECONDS", SMPP_ANSWER_SECONDS)
SMPP2_BATCH_SECONDS = env_int("SMPP2_BATCH_SECONDS", SMPP_BATCH_SECONDS)

# Connections to a provider on the web (texts, calls) from each window that a worker sends. Some providers take few.
HTTP_CONNECTIONS = env_int("HTTP_CONNECTIONS", 32)

# Seconds that one answer of a provider may take, and that one window of messages may take: less than the lease.
HTTP_ANSWER_SECONDS = env_int("HTTP_ANSWER_SECONDS", 10)
HTTP_BATCH_SECONDS = env_int("HTTP_BATCH_SECONDS", 40)

# The proxy by which providers are reached, e.g. http://proxy.example:3128. Empty: straight, whatever HTTPS_PROXY says.
HTTP_BY_PROXY = env_text("HTTP_BY_PROXY")

# A file with the certificate of the force's own authority for these; empty means the machine's usual ones.
HTTP_CA_FILE = env_text("HTTP_CA_FILE")

# GOV.UK Notify: the API key of our service, its name included (or NOTIFY_API_KEY_FILE), with the gateways
# hueandcry.gateways.sms.notify.NotifyText, .email.notify.NotifyMail and .post.notify.NotifyLetter. A team key sends to
# the team alone, a test key to nobody.
NOTIFY_API_KEY = env_secret("NOTIFY_API_KEY")

# The IDs of its templates: each holds the placeholder ((body)) alone; for e-mails and letters ((subject)) as subject.
NOTIFY_TEXT_TEMPLATE = env_text("NOTIFY_TEXT_TEMPLATE")
NOTIFY_MAIL_TEMPLATE = env_text("NOTIFY_MAIL_TEMPLATE")
NOTIFY_LETTER_TEMPLATE = env_text("NOTIFY_LETTER_TEMPLATE")

# The IDs of a text sender and of a reply address set at Notify; empty are its defaults.
NOTIFY_TEXT_SENDER = env_text("NOTIFY_TEXT_SENDER")
NOTIFY_MAIL_REPLY_TO = env_text("NOTIFY_MAIL_REPLY_TO")

# The bearer token that Notify shows when it calls us with receipts and texts (or NOTIFY_CALLBACK_TOKEN_FILE), as typed
# in at Notify under API integration, Callbacks. Empty: we ask Notify every minute instead.
NOTIFY_CALLBACK_TOKEN = env_secret("NOTIFY_CALLBACK_TOKEN")

# Where its API is.
NOTIFY_ADDRESS = env_text("NOTIFY_ADDRESS", "https://api.notifications.service.gov.uk")

# Where the API of Twilio is, or of a service that speaks as it does.
TWILIO_URL = env_text("TWILIO_URL", "https://api.twilio.com")

# The account's SID, and its token (or TWILIO_TOKEN_FILE), which also signs what comes to /hooks/twilio-….
TWILIO_ACCOUNT = env_text("TWILIO_ACCOUNT")
TWILIO_TOKEN = env_secret("TWILIO_TOKEN")

# An API key and its secret (or TWILIO_SECRET_FILE) instead of the token, for what we ask of Twilio.
TWILIO_KEY = env_text("TWILIO_KEY")
TWILIO_SECRET = env_secret("TWILIO_SECRET")

# Whom texts come from: a number, a name of up to 11 letters (nobody can answer it), or a messaging service (MG…).
TWILIO_SENDER = env_text("TWILIO_SENDER")

# The number that calls come from.
TWILIO_CALLER = env_text("TWILIO_CALLER")

# E-mail by a provider's API instead of SMTP (hueandcry.gateways.email.anymail.Anymail): the provider as django-anymail
# names it, and its own settings there in small letters (or MAIL_PROVIDER_FILE), e.g.
# postmark?server_token=…&webhook_secret=name:password. With &template=… the letter is filled in by the provider, from a
# template of that name that holds {{subject}} and {{body}}: many letters in one request. Watching who opens or presses
# what is turned off; where a provider can only do that for the account, turn it off there.
MAIL_PROVIDER = env_secret("MAIL_PROVIDER")

# Where a provider takes one text with one request (hueandcry.gateways.sms.generic.HttpText); how: POST, PUT or GET.
TEXT_HTTP_URL = env_text("TEXT_HTTP_URL")
TEXT_HTTP_METHOD = env_text("TEXT_HTTP_METHOD", "POST")

# What is sent: JSON, or a form. Places: {to} (+44…), {number} (44…), {text}, {from}, {reference}, {until}, {seconds}.
TEXT_HTTP_BODY = env_text("TEXT_HTTP_BODY", '{"to": "{to}", "from": "{from}", "text": "{text}", "ref": "{reference}"}')

# Whom texts come from, in {from}; empty: the organisation's short name.
TEXT_HTTP_SENDER = env_text("TEXT_HTTP_SENDER")

# More headers: Name: value, with a | between two of them.
TEXT_HTTP_HEADERS = env_text("TEXT_HTTP_HEADERS")

# How we show who we are: basic name:password, bearer word, or header Name: value (or TEXT_HTTP_AUTH_FILE).
TEXT_HTTP_AUTH = env_secret("TEXT_HTTP_AUTH")

# Where its own name for a text stands in its answer: messages.0.id; body ~ id=(\w+) in a plain answer. Empty: ours.
TEXT_HTTP_ID = env_text("TEXT_HTTP_ID")

# By what one knows that it took a text: status = queued, sent; or body ~ ^OK. Empty: any 2xx with the name above.
TEXT_HTTP_TAKEN = env_text("TEXT_HTTP_TAKEN")

# By what one knows that there is no such number: error.code = 21211, 21614.
TEXT_HTTP_NO_SUCH = env_text("TEXT_HTTP_NO_SUCH")

# By what one knows that it asks us to go slower, whatever the status: messages.0.status = 1, or body ~ ^THROTTLED.
TEXT_HTTP_SLOWER = env_text("TEXT_HTTP_SLOWER")

# Whether it keeps a second text with the same {reference} out: then what was perhaps sent goes again by itself.
TEXT_HTTP_KNOWS_REFERENCE = env_bool("TEXT_HTTP_KNOWS_REFERENCE")

# How it signs what it tells us: hmac-sha256 Header secret, header Name secret, or query name secret (or …_FILE).
TEXT_HTTP_SIGNED = env_secret("TEXT_HTTP_SIGNED")

# Its receipts, to /hooks/http-text/status/: id=message_id; word=status; delivered=DELIVRD; failed=UNDELIV; list=all.
TEXT_HTTP_RECEIPT = env_text("TEXT_HTTP_RECEIPT")

# Texts that came to it, to /hooks/http-text/text/: id=message_id; from=sender; text=content.
TEXT_HTTP_CAME = env_text("TEXT_HTTP_CAME")

# A second provider of that kind beside the first (hueandcry.gateways.sms.generic.SecondHttpText), described by itself:
# what stands above of the first is not taken over. It tells us things at /hooks/http-text-2/….
TEXT_HTTP2_URL = env_text("TEXT_HTTP2_URL")
TEXT_HTTP2_METHOD = env_text("TEXT_HTTP2_METHOD", "POST")
TEXT_HTTP2_BODY = env_text(
    "TEXT_HTTP2_BODY", '{"to": "{to}", "from": "{from}", "text": "{text}", "ref": "{reference}"}'
)
TEXT_HTTP2_SENDER = env_text("TEXT_HTTP2_SENDER")
TEXT_HTTP2_HEADERS = env_text("TEXT_HTTP2_HEADERS")
TEXT_HTTP2_AUTH = env_secret("TEXT_HTTP2_AUTH")
TEXT_HTTP2_ID = env_text("TEXT_HTTP2_ID")
TEXT_HTTP2_TAKEN = env_text("TEXT_HTTP2_TAKEN")
TEXT_HTTP2_NO_SUCH = env_text("TEXT_HTTP2_NO_SUCH")
TEXT_HTTP2_SLOWER = env_text("TEXT_HTTP2_SLOWER")
TEXT_HTTP2_KNOWS_REFERENCE = env_bool("TEXT_HTTP2_KNOWS_REFERENCE")
TEXT_HTTP2_SIGNED = env_secret("TEXT_HTTP2_SIGNED")
TEXT_HTTP2_RECEIPT = env_text("TEXT_HTTP2_RECEIPT")
TEXT_HTTP2_CAME = env_text("TEXT_HTTP2_CAME")

# WhatsApp by Meta's Cloud API (hueandcry.gateways.whatsapp.WhatsApp): the ID of our number there, a lasting token of a
# system user (or WHATSAPP_TOKEN_FILE), the application's secret, which signs what Meta tells us, and the word that Meta
# says when it looks whether /hooks/whatsapp/told/ is ours.
WHATSAPP_NUMBER_ID = env_text("WHATSAPP_NUMBER_ID")
WHATSAPP_TOKEN = env_secret("WHATSAPP_TOKEN")
WHATSAPP_APP_SECRET = env_secret("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = env_secret("WHATSAPP_VERIFY_TOKEN")

# The template that Meta agreed to, of the category utility, with {{1}} alone in its body.
WHATSAPP_TEMPLATE = env_text("WHATSAPP_TEMPLATE")

# The template for codes, of the category authentication, with a button that copies the code.
WHATSAPP_CODE_TEMPLATE = env_text("WHATSAPP_CODE_TEMPLATE")

# The languages in which both stand at Meta, with spaces between; the first for whoever reads another.
WHATSAPP_LANGUAGES = env_text("WHATSAPP_LANGUAGES", "en_GB")
# Where is kept who wrote to us by WhatsApp; the gateway knows no table.
WHATSAPP_HEARD = "hueandcry.domain.messaging.queries.whatsapp.heard"

# Where its API is, with the version that we speak.
WHATSAPP_ADDRESS = env_text("WHATSAPP_ADDRESS", "https://graph.facebook.com/v23.0")

# Web Push (hueandcry.gateways.push.web.WebPush): the key by which push services know us (or WEB_PUSH_KEY_FILE), 32
# bytes in 43 signs. Empty: it is made from SECRET_KEY. With another key every member has to press the button anew.
WEB_PUSH_KEY = env_secret("WEB_PUSH_KEY")

# Where a push service finds us when something is wrong: mailto:… or https://…
WEB_PUSH_CONTACT = env_text("WEB_PUSH_CONTACT")

# The hosts of push services, with spaces between: a browser that names another gets nothing.
WEB_PUSH_HOSTS = env_text(
    "WEB_PUSH_HOSTS",
    "fcm.googleapis.com *.push.services.mozilla.com *.push.apple.com *.notify.windows.com",
)
# Where members keep browsers; the gateway knows no table.
WEB_PUSH_DEVICES = "hueandcry.domain.members.queries.push.devices"

# Languages in which a public alert is posted, each by itself, where it is said in them: of "en cy pl"; English always.
POST_LANGUAGES = env_text("POST_LANGUAGES", "en")

# Mastodon: the server of the force's account, and a token of it that may write posts and read our own (or
# MASTODON_TOKEN_FILE).
MASTODON_ADDRESS = env_text("MASTODON_ADDRESS")
MASTODON_TOKEN = env_secret("MASTODON_TOKEN")

# Bluesky: the force's account, and an app password of it (or BLUESKY_PASSWORD_FILE); where its server is.
BLUESKY_NAME = env_text("BLUESKY_NAME")
BLUESKY_PASSWORD = env_secret("BLUESKY_PASSWORD")
BLUESKY_ADDRESS = env_text("BLUESKY_ADDRESS", "https://bsky.social")

# How many rows of one message a worker may have handed over without a written outcome: the most that a crash can send
# twice, or leave to a person to decide.
SEND_WINDOW = env_int("SEND_WINDOW", 200)

# How many messages a member gets in a week, all senders and e-mail included, before the rest waits for a digest.
# Urgent ones always come. A member may choose another number for themselves.
MEMBER_BUDGET_WEEK = env_int("MEMBER_BUDGET_WEEK", 5)

# The time of the local day at which digests of what was kept go out.
DIGEST_AT = env_text("DIGEST_AT", "17:30")

# An alarm on the desk when more than so many of 1,000 messages make somebody stop, and that is twice as many as usual.
OPT_OUT_ALARM = env_int("OPT_OUT_ALARM", 5)

# What one part of a text costs, in pence: an officer sees what an audience would cost before it is sent.
TEXT_PART_PENCE = env_int("TEXT_PART_PENCE", 4)

# Which event wakes which job (see config/wiring.py).
WIRING = "hueandcry.config.wiring.SUBSCRIBERS"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "procrastinate.contrib.django",
    "hueandcry.gateways",
    "hueandcry.domain.records",
    "hueandcry.domain.places",
    "hueandcry.domain.organisations",
    "hueandcry.domain.knowledge",
    "hueandcry.domain.members",
    "hueandcry.domain.messaging",
    "hueandcry.domain.alerts",
    "hueandcry.domain.reports",
    "hueandcry.domain.insight",
    "hueandcry.web",
]
MIDDLEWARE = [
    "hueandcry.web.hooks.straight.straight",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hueandcry.web.parts.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hueandcry.web.parts.doors.NotHereMiddleware",
    "hueandcry.web.parts.doors.ScreenNameMiddleware",
    "hueandcry.web.parts.doors.SignedOutMiddleware",
]
ROOT_URLCONF = "hueandcry.config.urls"
ASGI_APPLICATION = "hueandcry.config.asgi.application"
AUTH_USER_MODEL = "organisations.Officer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ours first: they replace templates of Django's forms and of allauth, which are installed before us.
        "DIRS": [BASE_DIR / "hueandcry" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"parts": "hueandcry.web.parts.tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hueandcry.web.parts.context.site",
            ],
        },
    },
]

# ---- sign-in: allauth; officers are enrolled, never sign up by themselves
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "hueandcry.web.parts.accounts.OfficerAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "hueandcry.web.parts.accounts.SignInForm",
    "reset_password": "hueandcry.web.parts.accounts.NewPasswordForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USER_DISPLAY = methodcaller("get_full_name")
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}

# ---- what a browser may do on our pages
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
# Send cookies over https only; off in the demonstration, which has no certificate.
SECURE_COOKIES = env_bool("SECURE_COOKIES", default=not (DEMONSTRATION or DEBUG))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A drawn polygon of 10,000 corners and a pasted audience still fit; more is refused before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Two thousand areas may be ticked at once; one more gets a sentence, not an error page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000

# ---- static files: ours as they are, others from node_modules, hashed and compressed at set-up
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    ("govuk", VAR / "npm" / "govuk"),
    ("htmx", VAR / "npm" / "htmx"),
    ("maplibre", VAR / "npm" / "maplibre"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servestatic.storage.CompressedManifestStaticFilesStorage",
    },
}

# ---- jobs
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# Mail to officers (password reset): Django's backend and server. What members get goes through GATEWAYS.
EMAIL_BACKEND = env_text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env_text("EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", "Hue and Cry <hueandcry@example.org>")

# ---- logs: sentences with references, never names, numbers or the words of a message
# How much to say: DEBUG, INFO, WARNING or ERROR.
LOG_LEVEL = env_text("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "hueandcry.kit.logs.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)-7s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"hueandcry": {"level": LOG_LEVEL}, "procrastinate": {"level": "WARNING"}},
}
