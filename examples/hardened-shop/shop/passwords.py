"""Passwords, reset codes and API tokens."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
from flask import current_app

SHORTEST = 12
TOKEN_LIFETIME = timedelta(minutes=30)


def scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=3, maxmem=2**26).hex()


def hash_password(password):
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${scrypt(password, salt)}"


@cache
def nobodys_hash():
    return hash_password(secrets.token_urlsafe())


def check_password(password, stored):
    """Takes as long for an account that does not exist (`stored` is None) as for one that does."""
    scheme, salt, digest = (stored or nobodys_hash()).split("$")
    same = hmac.compare_digest(scrypt(password, bytes.fromhex(salt)), digest)
    return same and stored is not None and scheme == "scrypt"


def new_token():
    return secrets.token_urlsafe(32)


def token_digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def new_pin():
    return f"{secrets.randbelow(1_000_000):06}"


def issue_jwt(user):
    claims = {
        "sub": str(user.id),
        "aud": current_app.config["JWT_AUDIENCE"],
        "exp": datetime.now(UTC) + TOKEN_LIFETIME,
    }
    return jwt.encode(claims, current_app.config["JWT_SECRET"], algorithm="HS256")


def read_jwt(token):
    return jwt.decode(
        token,
        current_app.config["JWT_SECRET"],
        algorithms=["HS256"],
        audience=current_app.config["JWT_AUDIENCE"],
        options={"require": ["sub", "aud", "exp"]},
    )
