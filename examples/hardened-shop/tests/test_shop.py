import io

FEED = b"<feed><product name='Pears'/></feed>"
BOMB = b"<!DOCTYPE feed [<!ENTITY a 'Pears'>]><feed><product name='&a;'/></feed>"
XML = ("etree", "minidom", "expat", "pulldom", "sax", "reader")


def test_pages_are_served(browser):
    for address in ("/", "/search?q=App", "/category/misc", "/products/1", "/login", "/register"):
        assert browser.get(address).status_code == 200, address
    assert b"Apples" in browser.get("/search?q=App").data


def test_account_and_office_need_their_rights(browser):
    assert browser.get("/account").headers["Location"] == "/login"
    assert browser.get("/admin/users").status_code == 403
    assert browser.get("/orders/export.csv").status_code == 403


def test_customer_orders_and_cancels(ada):
    ada.post("/orders/", data={"product": "1", "quantity": "2", "price": "1"})
    assert b"5.00, placed" in ada.get("/orders/").data
    assert ada.post("/orders/", data={"product": "1", "quantity": "3"}).status_code == 409
    assert ada.post("/orders/", data={"product": "1", "quantity": "-3"}).status_code == 400
    ada.post("/orders/1/cancel")
    assert b"cancelled" in ada.get("/orders/1").data


def test_other_peoples_orders_are_not_found(ada, bob):
    ada.post("/orders/", data={"product": "1", "quantity": "1"})
    assert bob.get("/orders/1").status_code == 404
    assert bob.post("/orders/1/refund").status_code == 403


def test_customer_reviews_and_uploads(ada, bob):
    ada.post("/products/1/reviews", data={"text": "<b>Crisp.</b>"})
    assert b"&lt;b&gt;Crisp." in ada.get("/products/1").data
    name = ada.post("/files/", data={"file": (io.BytesIO(b"hello"), "../../note.txt")}).json["name"]
    assert ada.get(f"/files/{name}").data == b"hello"
    assert bob.get(f"/files/{name}").status_code == 404
    assert ada.get("/files/..%2f..%2fshop.db").status_code == 404


def test_feeds_are_read(ada):
    for kind in XML:
        assert ada.post(f"/feeds/{kind}", data=FEED).json == {"products": ["Pears"]}, kind
        assert ada.post(f"/feeds/{kind}", data=BOMB).status_code == 400, kind
    assert ada.post("/feeds/yaml", data=b"- name: Pears").json == {"products": ["Pears"]}
    assert ada.post("/feeds/yaml", data=b"!!python/object/apply:os.getcwd []").status_code == 400


def test_api_takes_only_our_tokens(ada):
    token = ada.post("/api/token").json["token"]
    assert ada.get("/api/me", headers={"Authorization": f"Bearer {token}"}).json["email"] == "ada@shop.example"
    assert ada.get("/api/me", headers={"Authorization": f"Bearer {token[:-4]}"}).status_code == 401


def test_requests_from_other_sites_and_injections_fail(ada):
    assert ada.client.post("/orders/", data={"product": "1", "quantity": "1"}).status_code == 400
    words = "qwerty"
    assert ada.post("/login", data={"email": "x' OR 1=1 --", "password": words}).status_code == 403
    assert ada.get("/partners/image?url=http://169.254.169.254/").status_code == 400
    assert b"Apples" in ada.get("/?sort=price;DROP").data
