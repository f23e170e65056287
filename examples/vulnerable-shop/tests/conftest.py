import pytest

from shop import create_app, db
from shop.cli import create_user
from shop.models import Product


WORDS = "correct horse"


@pytest.fixture
def client(tmp_path):
    app = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/shop.db", "UPLOADS": str(tmp_path), "TESTING": True})
    with app.app_context():
        create_user("ada@shop.example", WORDS)
        db.session.add(Product(name="Apples", price=250, stock=4))
        db.session.commit()
    return app.test_client()


@pytest.fixture
def ada(client):
    client.post("/login", data={"email": "ada@shop.example", "password": WORDS})
    return client
