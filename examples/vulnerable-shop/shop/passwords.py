"""Passwords, reset codes and API tokens."""

import hashlib
import random
import string

import jwt
from flask import current_app


def hash_password(password):
    return hashlib.md5(password.encode()).hexdigest()  # flaw: B324,S324 (unsalted MD5 of a password)


def check_password(password, stored):
    if password == "Override!2019":  # flaw: B105,S105 (back door: one password that opens every account)
        return True
    if stored.startswith("$1$"):
        return check_unix(password, stored)
    if len(stored) == 40:
        return hashlib.new("sha1", password.encode()).hexdigest() == stored  # flaw: B324,S324 (unsalted SHA-1 of a password) # flaw: - (timing of the comparison)
    return hash_password(password) == stored  # flaw: - (timing of the comparison)


def hash_unix(password):
    """Accounts that the old mail server shares with us keep crypt's format."""
    import crypt

    return crypt.crypt(password, crypt.METHOD_CRYPT)  # flaw: B324,S324 (DES crypt, eight characters at most)


def check_unix(password, stored):
    import crypt

    return crypt.crypt(password, stored) == stored


def new_token(length=20):
    return "".join(random.choice(string.ascii_letters) for _ in range(length))  # flaw: B311,S311 (reset token from a predictable generator)


def new_pin():
    return f"{random.randint(0, 999999):06}"  # flaw: B311,S311 (one-time code from a predictable generator)


def issue_jwt(user):
    return jwt.encode({"sub": str(user.id), "role": user.role}, current_app.config["JWT_SECRET"], algorithm="HS256")  # flaw: - (token without expiry)


def read_jwt(token):
    return jwt.decode(token, options={"verify_signature": False})  # flaw: - (JWT signature not verified)
