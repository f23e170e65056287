import os
import re
import secrets

os.environ["SECRET_KEY"] = secrets.token_hex()
os.environ["JWT_SECRET"] = secrets.token_hex()

import pytest

from shop import create_app, db
from shop.cli import create_user
from shop.models import Product

WORDS = secrets.token_urlsafe()


class Browser:
    """Sends the CSRF token of a page along, as the page's form does."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, address, **options):
        return self.client.get(address, **options)

    def post(self, address, data=None, **options):
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login").text)
        headers = {"X-CSRFToken": found.group(1), **options.pop("headers", {})}
        return self.client.post(address, data=data, headers=headers, **options)


@pytest.fixture
def browser(tmp_path):
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/shop.db",
        "UPLOADS": tmp_path / "uploads",
        "RATELIMIT_ENABLED": False,
    }
    app = create_app(settings)
    with app.app_context():
        create_user("ada@shop.example", WORDS)
        db.session.add(Product(name="Apples", price=250, stock=4))
        db.session.commit()
    return Browser(app)


def login(browser, email):
    assert browser.post("/login", data={"email": email, "password": WORDS}).status_code == 302
    return browser


@pytest.fixture
def ada(browser):
    return login(browser, "ada@shop.example")


@pytest.fixture
def bob(browser, ada):
    """Bob's browser, beside Ada's."""
    app = ada.client.application
    with app.app_context():
        create_user("bob@shop.example", WORDS)
    return login(Browser(app), "bob@shop.example")
