"""Settings of the old shop."""

SECRET_KEY = "old-shop-2014"  # flaw: B105,S105 (signing key in the source)
DEBUG = True  # flaw: - (debug pages for everybody)
ALLOWED_HOSTS = ["*"]  # flaw: - (any Host header is believed)
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "legacy_django"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]  # flaw: - (no CSRF, clickjacking and security middleware)
ROOT_URLCONF = "legacy_django.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "legacy.db"}}
SESSION_SERIALIZER = "django.contrib.sessions.serializers.PickleSerializer"  # flaw: - (sessions are unpickled)
AUTH_PASSWORD_VALIDATORS = []  # flaw: - (any password will do)
