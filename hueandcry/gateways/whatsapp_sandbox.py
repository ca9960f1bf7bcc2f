"""The sandbox twin of WhatsApp."""

from hueandcry.gateways.sandbox import Sandbox


class SandboxWhatsApp(Sandbox):
    """Made-up WhatsApp messages."""

    name = "sandbox-whatsapp"
    channel = "whatsapp"
