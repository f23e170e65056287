import io

FEED = b"<feed><product name='Pears'/></feed>"


def test_pages_are_served(client):
    for address in ("/", "/search?q=App", "/category/misc", "/products/1", "/login", "/register"):
        assert client.get(address).status_code == 200, address
    assert b"Apples" in client.get("/search?q=App").data


def test_account_pages_need_a_login(client):
    assert client.get("/account").headers["Location"] == "/login"
    assert client.get("/admin/ping?host=::1").status_code == 403


def test_customer_orders_and_cancels(ada):
    ada.post("/orders/", data={"product": "1", "quantity": "2", "price": "250"})
    assert b"5.00, placed" in ada.get("/orders/").data
    ada.post("/orders/1/cancel")
    assert b"cancelled" in ada.get("/orders/1").data


def test_customer_reviews_and_uploads(ada):
    ada.post("/products/1/reviews", data={"text": "Crisp."})
    assert b"Crisp." in ada.get("/products/1").data
    ada.post("/files/", data={"file": (io.BytesIO(b"hello"), "note.txt")})
    assert ada.get("/files/note.txt").data == b"hello"


def test_feeds_are_read(ada):
    for kind in ("etree", "minidom", "expat", "pulldom", "sax", "reader"):
        assert ada.post(f"/feeds/{kind}", data=FEED).json == {"products": ["Pears"]}, kind
    assert ada.post("/feeds/yaml", data=b"- name: Pears").json == {"products": ["Pears"]}


def test_a_flaw_is_real(client):
    words, digest = "qwerty", "d8578edf8458ce06fbc5bb76a58c5ca4"
    client.post("/login", data={"email": f"x' UNION SELECT 1, '{digest}' --", "password": words})
    assert b"ada@shop.example" in client.get("/account").data
