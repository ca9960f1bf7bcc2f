"""How a notification is sealed so that only one browser reads it (RFC 8291), and how we sign it (RFC 8292)."""

import base64
import binascii
import hashlib
import json
import os

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
# The number of points on the curve: a secret is below it.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
POINT, SECRET, SALT = 65, 16, 16
# The most that every push service takes, and what is left of it for words: salt, size, key, end sign and tag go off.
MOST_BYTES = 4096
MOST_WORDS = MOST_BYTES - SALT - 4 - 1 - POINT - 1 - 16


class SealError(ValueError):
    """What a browser gave is no key."""


def b64(raw: bytes) -> str:
    """Return bytes as addresses and headers hold them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read them back.

    Raises:
        SealError: it is nothing of the kind.
    """
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeError) as nonsense:
        raise SealError("This is no key.") from nonsense


def point_of(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """Return the public half as 65 bytes."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal(
    words: bytes,
    *,
    browser: str,
    secret: str,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body of a request that only the browser with this key and secret can read; a sender's key for each.

    Raises:
        SealError: the key or the secret is none, or the words are too long.
    """
    theirs, auth = unb64(browser), unb64(secret)
    if len(auth) != SECRET or len(words) > MOST_WORDS:
        raise SealError("The browser's secret is none, or the words are too long.")
    sender = sender or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(SALT)
    ours = point_of(sender)
    try:
        shared = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    except ValueError as nonsense:
        raise SealError("The browser's key is none.") from nonsense
    # HKDF by hand: each of the four is one block of SHA-256.
    pair = _hmac(_hmac(auth, shared), b"WebPush: info\0" + theirs + ours + b"\x01")
    root = _hmac(salt, pair)
    key = _hmac(root, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hmac(root, b"Content-Encoding: nonce\0\x01")[:12]
    head = salt + MOST_BYTES.to_bytes(4, "big") + bytes((len(ours),)) + ours
    return head + AESGCM(key).encrypt(nonce, words + b"\x02", None)


def _hmac(key: bytes, message: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(message)
    return made.finalize()


def our_key(*, told: str, otherwise: str) -> ec.EllipticCurvePrivateKey:
    """Return the key by which push services know us: the one that is set, else one made from our own secret.

    Raises:
        SealError: what is set is no key.
    """
    if told:
        raw = unb64(told)
        number = int.from_bytes(raw, "big")
        if len(raw) != 32 or not 0 < number < ORDER:  # noqa: PLR2004 - as long as a key of this curve is
            raise SealError("WEB_PUSH_KEY is no key: 43 signs, as `vapid` and others make them, or nothing at all.")
    else:
        # Wider than the curve, so that no number is likelier than another.
        wide = hashlib.shake_256(f"hueandcry web push\n{otherwise}".encode()).digest(48)
        number = int.from_bytes(wide, "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, CURVE)


def signed(key: ec.EllipticCurvePrivateKey, *, origin: str, until: int, contact: str) -> str:
    """Return the header by which one push service knows us until a moment: an origin's is no use at another."""
    said: dict[str, str | int] = {"aud": origin, "exp": until}
    if contact:
        said["sub"] = contact
    what = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(said)}"
    first, second = decode_dss_signature(key.sign(what.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={what}.{b64(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}, k={b64(point_of(key))}"


def _part(value: dict[str, str | int]) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())
