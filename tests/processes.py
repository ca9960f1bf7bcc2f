"""Processes of their own in tests: where they find this test's database."""

from urllib.parse import quote, urlencode

from django.db import connection


def database_here() -> str:
    """Return the address of the database that this test uses, for the environment of a process."""
    at = connection.settings_dict
    query = urlencode({"host": at["HOST"]}) if str(at["HOST"]).startswith("/") else ""
    host = "" if query else f"{at['HOST']}{':' + str(at['PORT']) if at['PORT'] else ''}"
    who = f"{quote(at['USER'])}:{quote(at['PASSWORD'] or '')}@" if at["USER"] else ""
    return f"postgresql://{who}{host}/{quote(at['NAME'])}" + (f"?{query}" if query else "")
