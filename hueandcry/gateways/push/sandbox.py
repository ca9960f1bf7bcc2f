"""The sandbox twin of notifications."""

from hueandcry.gateways.sandbox import Sandbox


class SandboxPush(Sandbox):
    """Made-up notifications."""

    name = "sandbox-push"
    channel = "push"
