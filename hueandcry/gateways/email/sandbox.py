"""The sandbox twin of e-mail."""

from hueandcry.gateways.sandbox import Sandbox


class SandboxMail(Sandbox):
    """Made-up e-mail."""

    name = "sandbox-mail"
    channel = "email"
