"""django-post_office on the same work: run by the bench with the Python of its own environment, never by the product.

`python peer_post_office.py DATABASE_URL PORT MANY BATCH FRAME LOCK`: so many personalised letters are queued, then sent
by its own command as its documentation says. Prints the seconds of both as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


def main() -> None:
    """Queue and send."""
    url, port, many, batch, frame, lock = sys.argv[1:]
    _set_up(url, int(port), int(batch))
    from django.core.management import call_command
    from post_office import mail

    call_command("migrate", verbosity=0)
    body = Path(frame).read_text(encoding="utf-8", errors="replace")
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    mail.send_many([
        {
            "recipients": [f"post-office-{number:09d}@example.org"],
            "sender": "alerts@example.org",
            "subject": "A test of the line",
            "message": f"{number:09d} {body}",
        }
        for number in range(int(many))
    ])  # fmt: skip
    queued = time.perf_counter() - begun
    call_command("send_queued_mail", lockfile=lock)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "queued": queued, "seconds": time.perf_counter() - begun, "cpu": used.ru_utime + used.ru_stime,
        "states": _states(),
    }))  # fmt: skip


def _states() -> dict[str, int]:
    from django.db.models import Count
    from post_office.models import STATUS, Email

    rows = Email.objects.values("status").annotate(many=Count("id"))
    return {STATUS._fields[row["status"]]: row["many"] for row in rows}


def _set_up(url: str, port: int, batch: int) -> None:
    import django
    from django.conf import settings

    parts = urlsplit(url)
    settings.configure(
        SECRET_KEY="for-measuring-only",  # noqa: S106 - signs nothing
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": dict(parse_qsl(parts.query)).get("host", parts.hostname or ""),
                "PORT": parts.port or "",
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        # As its documentation has it, but for the batch.
        POST_OFFICE={"BATCH_SIZE": batch, "DEFAULT_PRIORITY": "medium"},
    )
    django.setup()


if __name__ == "__main__":
    main()
