"""Card data at rest, signatures of receipts."""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def seal_card(key, card):
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, card, b"card")


def open_card(key, sealed):
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], b"card")


def receipt_digest(receipt):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(receipt)
    return digest.finalize()


def shop_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def archive_key():
    return ed25519.Ed25519PrivateKey.generate()


def terminal_key():
    return ec.generate_private_key(ec.SECP256R1())
