"""Settings, read by `app.config.from_object`. A secret has no default: without it the shop does not start."""

import os
from pathlib import Path

INSTANCE = Path(os.environ.get("INSTANCE", Path(__file__).resolve().parent.parent / "instance"))
SHORTEST_KEY = 32


def key(name):
    value = os.environ.get(name, "")
    if len(value) < SHORTEST_KEY:
        raise RuntimeError(f"{name} must be set to at least {SHORTEST_KEY} characters")
    return value


SECRET_KEY = key("SECRET_KEY")
JWT_SECRET = key("JWT_SECRET")
JWT_AUDIENCE = "shop-api"
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///shop.db")
PAYMENT_API_KEY = os.environ.get("PAYMENT_API_KEY")
SMTP = {
    "host": os.environ.get("SMTP_HOST", "mail.shop.example"),
    "user": os.environ.get("SMTP_USER"),
    "password": os.environ.get("SMTP_PASSWORD"),
}
MAIL_ENABLED = os.environ.get("MAIL_ENABLED") == "1"
UPLOADS = INSTANCE / "uploads"
PUBLIC_URL = "https://shop.example"
TRUSTED_HOSTS = ["shop.example", "localhost", "127.0.0.1"]
ALLOWED_ORIGINS = frozenset({"https://www.shop.example"})
RATELIMIT_STORAGE_URI = os.environ.get("RATELIMIT_STORAGE_URI", "memory://")

WTF_CSRF_ENABLED = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
PERMANENT_SESSION_LIFETIME = 8 * 3600
MAX_CONTENT_LENGTH = 2 * 1024 * 1024
