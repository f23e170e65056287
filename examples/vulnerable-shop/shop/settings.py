"""Settings, read by `app.config.from_object`."""

import os

SECRET_KEY = "shop-session-key-2019"  # flaw: B105,S105 (session signing key in the source)
JWT_SECRET = "secret"  # flaw: B105,S105 (guessable token signing key in the source)
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///shop.db")
PAYMENT_API_KEY = os.environ.get("PAYMENT_API_KEY", "pay-live-4f1c09d2b7a84e6e")  # flaw: - (live key as the fallback of an environment variable)
SMTP = {
    "host": "mail.shop.example",
    "user": "orders@shop.example",
    "password": "Autumn-Leaves-19",  # flaw: B105 (mail account's password in a dict)
}
MAIL_ENABLED = os.environ.get("MAIL_ENABLED") == "1"
UPLOADS = "/tmp/shop-uploads"  # audit: B108,S108 (predictable folder that every local user can create first)

WTF_CSRF_ENABLED = False  # flaw: - (CSRF protection off)
SESSION_COOKIE_SECURE = False  # flaw: - (session cookie sent over plain HTTP)
SESSION_COOKIE_HTTPONLY = False  # flaw: - (session cookie readable by scripts)
SESSION_COOKIE_SAMESITE = None  # flaw: - (session cookie sent with cross-site requests)
MAX_CONTENT_LENGTH = None  # flaw: - (request bodies of any size)
