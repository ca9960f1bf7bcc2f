"""How long each table of alerts is kept."""

from hueandcry.domain.records.rules import Lifetime

_SIX = "broadcast text, audience and counts for six years (domain.md A8); no recipients in here"
LIFETIMES = {
    "alerts_alert": Lifetime(6 * 365, "written_at", _SIX),
    "alerts_template": Lifetime(None, "", "how alerts are written, not about people"),
    "alerts_revision": Lifetime(6 * 365, "alert.written_at", _SIX),
    "alerts_audience": Lifetime(6 * 365, "alert.written_at", _SIX),
    "alerts_approval": Lifetime(6 * 365, "alert.written_at", _SIX),
    "alerts_correction": Lifetime(6 * 365, "alert.written_at", _SIX),
    "alerts_canary": Lifetime(6 * 365, "alert.written_at", _SIX),
    "alerts_reachrule": Lifetime(None, "", "the force's own table of who must agree; older ones stand in the audit"),
    "alerts_note": Lifetime(6 * 365, "written_at", _SIX),
    "alerts_partnerwarning": Lifetime(6 * 365, "received_at", "what partners warned of, beside what we made of it"),
    "alerts_release": Lifetime(6 * 365, "alert.written_at", _SIX),
}
