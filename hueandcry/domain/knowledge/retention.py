"""How long each table of knowledge is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {"knowledge_topic": Lifetime(None, "", "vocabulary, not about people")}
