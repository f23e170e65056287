"""Card data at rest, signatures of receipts."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB


def card_cipher(key):
    return Cipher(algorithms.AES(key), ECB())  # flaw: B305,S305 (ECB: equal blocks stay equal)


def old_card_cipher(key):
    return Cipher(algorithms.ARC4(key), mode=None)  # flaw: B304,S304 (broken cipher)


def terminal_cipher(key):
    from Crypto.Cipher import DES  # audit: B413,S413 (pycrypto: abandoned in 2013, known holes)

    return DES.new(key, DES.MODE_CBC, iv=b"\0" * 8)  # flaw: B304,S304 (broken cipher) # flaw: - (constant initialisation vector)


def receipt_digest(receipt):
    digest = hashes.Hash(hashes.SHA1())  # audit: B303,S303 (collisions can be made)
    digest.update(receipt)
    return digest.finalize()


def terminal_digest(receipt):
    from Crypto.Hash import MD5 as digest  # audit: B413,S413 (pycrypto: abandoned in 2013, known holes)

    return digest.new(receipt).hexdigest()  # audit: B303,S303 (collisions can be made)


def shop_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # flaw: B505,S505 (RSA key too short)


def archive_key():
    return dsa.generate_private_key(key_size=1024)  # flaw: B505,S505 (DSA key too short)


def terminal_key():
    return ec.generate_private_key(ec.SECP192R1())  # flaw: - (curve too small)


def till_key():
    from Crypto.PublicKey import RSA  # audit: B413,S413 (pycrypto: abandoned in 2013, known holes)

    return RSA.generate(1024)  # flaw: B505,S505 (RSA key too short)
