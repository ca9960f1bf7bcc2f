"""How long each table of organisations is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {
    "organisations_organisation": Lifetime(None, "", "part of the audit trail: who was asked for consent"),
    "organisations_apikey": Lifetime(2 * 365, "ended_at", "who could read what, for the audit"),
    "organisations_officer": Lifetime(7 * 365, "last_login", "as long as the audit trail that names them", "blanked"),
    "organisations_duty": Lifetime(2 * 365, "until_on", "who was there to read answers, for questions afterwards"),
    "organisations_team": Lifetime(None, "", "kept while the organisation is"),
    "organisations_teammember": Lifetime(None, "", "kept while the officer is"),
}
