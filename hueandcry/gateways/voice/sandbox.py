"""The sandbox twin of phone calls."""

from hueandcry.gateways.sandbox import Sandbox


class SandboxVoice(Sandbox):
    """Made-up phone calls."""

    name = "sandbox-voice"
    channel = "voice"
