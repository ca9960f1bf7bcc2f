"""Everything about members as documented open files: JSON Lines, one file a table, references instead of numbers.

The columns follow the tables themselves, so that a column added to a table cannot be forgotten here.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from hueandcry.domain.members.models import KeyContact
from hueandcry.domain.members.rules.leaving import Column, Resource

FETCHED = 2_000
# In the order in which they can be brought in: (file, table).
TABLES: tuple[tuple[str, str], ...] = (
    ("organisations", "organisations.Organisation"),
    ("officers", "organisations.Officer"),
    ("topics", "knowledge.Topic"),
    ("communities", "members.Community"),
    ("schemes", "members.Scheme"),
    ("members", "members.Member"),
    ("places", "members.MemberPlace"),
    ("contacts", "members.ContactPoint"),
    ("consents", "members.Consent"),
    ("preferences", "members.Preference"),
    ("interests", "members.Interest"),
    ("vettings", "members.Vetting"),
    ("memberships", "members.Membership"),
    ("bridges", "members.Bridge"),
    ("key_contacts", "members.KeyContact"),
    ("key_contact_communities", ""),
    ("mechanisms", "members.Mechanism"),
    ("talks", "members.Talk"),
    ("pulses", "members.Pulse"),
    ("asks", "members.Ask"),
    ("visits", "members.Visit"),
    ("sign_ups", "members.SignUp"),
    ("suppressions", "members.Suppression"),
    ("history", "records.Record"),
)
# How a row of another table is named in these files.
NATURAL = {
    "places_area": "{row}.kind || '/' || {row}.vintage || '/' || {row}.code",
    "knowledge_topic": "{row}.slug",
    "members_membership": "(SELECT ref FROM members_scheme WHERE id = {row}.scheme_id) || '/' ||"
    " (SELECT ref FROM members_member WHERE id = {row}.member_id)",
}
# Secrets, and what belongs to this installation only.
_LEFT_OUT = {
    ("members_member", "page_token"),
    ("organisations_officer", "password"),
    ("organisations_officer", "last_login"),
}
# The number of an organisation is part of the hash of a stop that concerns it alone.
_WITH_NUMBER = {"organisations_organisation"}
# A browser takes notifications from this installation's key alone: its owner presses the button of the new one.
_ONLY = {"records_record": "row.subject LIKE 'member:%'", "members_contactpoint": "row.channel <> 'push'"}


def model_of(name: str) -> type[models.Model]:
    """Return the table of one file."""
    label = dict(TABLES)[name]
    return apps.get_model(label) if label else KeyContact.communities.through


def fields_of(model: type[models.Model]) -> list["models.Field[object, object]"]:
    """Return the columns that go into the file, references to others first."""
    table = model._meta.db_table
    kept = [
        field
        for field in model._meta.concrete_fields
        if (table, field.column) not in _LEFT_OUT and (not field.primary_key or table in _WITH_NUMBER)
    ]
    return sorted(kept, key=lambda field: not field.is_relation)


def natural(table: str, row: str) -> str:
    """Return as SQL how a row of a table is named in the files."""
    return NATURAL.get(table, "{row}.ref").format(row=row)


def resources() -> list[Resource]:
    """Return every file with what each column holds."""
    found = []
    for name, _ in TABLES:
        model = model_of(name)
        columns = tuple(Column(field.name, _kind(field), _about(field)) for field in fields_of(model))
        about = (model.__doc__ or "").split("\n", maxsplit=1)[0]
        if about.startswith(f"{model.__name__}("):
            about = "Which communities a key individual can speak for."
        found.append(Resource(name, about, columns))
    return found


_KINDS = {
    "DateTimeField": "datetime",
    "DateField": "date",
    "BooleanField": "boolean",
    "JSONField": "object",
    "ArrayField": "array",
    "PointField": "string",
}


def _kind(field: "models.Field[object, object]") -> str:
    name = type(field).__name__
    return _KINDS.get(name, "integer" if "Integer" in name or name == "BigAutoField" else "string")


_NAMED = {"places_area": "kind/vintage/code", "knowledge_topic": "slug", "members_membership": "scheme/member"}


def _about(field: "models.Field[object, object]") -> str:
    if field.is_relation:
        to = field.related_model._meta.db_table  # type: ignore[union-attr]
        named = {
            "places_area": "kind/vintage/code",
            "knowledge_topic": "slug",
            "members_membership": "scheme/member",
        }.get(to, "ref")
        return f"The {named} in {to}. {field.help_text}".strip()
    said = str(field.help_text)
    if type(field).__name__ == "PointField":
        said = f"(longitude,latitude), WGS84. {said}".strip()
    choices = [str(value) for value, _ in field.flatchoices][:20]
    return f"{said} One of: {', '.join(choices)}.".strip() if choices else said


def export(*, name: str) -> Iterator[str]:
    """Yield the rows of one file as lines of JSON, always in the same order; call `begin_moment` before."""
    model = model_of(name)
    table = model._meta.db_table
    picked = []
    for field in fields_of(model):
        if field.is_relation:
            to = field.related_model._meta.db_table  # type: ignore[union-attr]
            named = natural(to, "other")
            picked.append(f'(SELECT {named} FROM {to} AS other WHERE other.id = row.{field.column}) AS "{field.name}"')  # noqa: S608
        else:
            picked.append(f'row.{field.column} AS "{field.name}"')
    only = _ONLY.get(table, "true")
    sql = (
        f"SELECT line FROM (SELECT row_to_json(kept)::text AS line FROM (SELECT {', '.join(picked)} FROM {table} AS row"  # noqa: S608
        f' WHERE {only}) AS kept) AS lines ORDER BY line COLLATE "C"'
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(FETCHED):
            for (line,) in rows:
                yield line


def begin_moment() -> None:
    """Let everything that follows in this transaction see one moment, and write moments in UTC."""
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:  # before the first question of a transaction of its own
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
