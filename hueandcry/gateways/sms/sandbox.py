"""The sandbox twin of texts."""

from hueandcry.gateways.sandbox import Sandbox


class SandboxText(Sandbox):
    """Made-up texts."""

    name = "sandbox-text"
    channel = "sms"
