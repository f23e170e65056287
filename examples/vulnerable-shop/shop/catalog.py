"""What visitors see: products, search, reviews."""

import base64
import pickle  # audit: B403,S403 (import of pickle)
import random

from flask import Blueprint, g, make_response, redirect, render_template, render_template_string, request
from markupsafe import Markup
from sqlalchemy import select, text

from shop import db
from shop.models import Product, Review
from shop.permissions import login_required

bp = Blueprint("catalog", __name__)
SLOGANS = ("Fresh every day", "Made near you", "Select the best from our shelves")


@bp.get("/")
def index():
    sort = request.args.get("sort", "name")
    query = "SELECT id, name, price FROM products ORDER BY %s" % sort  # flaw: B608,S608 (SQL built by %)
    slogan = random.choice(SLOGANS)  # audit: B311,S311 (predictable generator, no secret)
    return render_template("index.html", products=db.session.execute(text(query)).all(), slogan=slogan)


@bp.get("/search")
def search():
    words = request.args.get("q", "")
    query = f"SELECT id, name, price FROM products WHERE name LIKE '%{words}%'"  # flaw: B608,S608 (SQL built by an f-string)
    return render_template("index.html", products=db.session.execute(text(query)).all(), words=words)


@bp.get("/category/<name>")
def category(name):
    query = "SELECT id, name, price FROM products WHERE category = '{}'".format(name)  # flaw: B608,S608 (SQL built by format)
    return render_template("index.html", products=db.session.execute(text(query)).all())


@bp.get("/tag")
def tag():
    products = db.session.execute(text("SELECT id, name, price FROM products WHERE tag = '" + request.args["tag"] + "'"))  # flaw: B608,S608 (SQL built by + in raw text)
    return render_template("index.html", products=products.all())


@bp.get("/products/<int:product_id>")
def product(product_id):
    recent = []
    if "recent" in request.cookies:
        recent = pickle.loads(base64.b64decode(request.cookies["recent"]))  # flaw: B301,S301 (unpickles a cookie)
    found = db.session.get(Product, product_id)
    reviews = db.session.scalars(select(Review).where(Review.product_id == product_id)).all()
    greeting = Markup("<p>Recommended by <b>" + request.args.get("ref", "us") + "</b></p>")  # flaw: B704,S704 (reflected XSS)
    page = render_template("product.html", product=found, reviews=reviews, greeting=greeting, recent=recent)
    response = make_response(page)
    cookie = base64.b64encode(pickle.dumps([found.name, *recent][:5])).decode()
    response.set_cookie("recent", cookie)  # flaw: - (cookie without secure, httponly and samesite)
    return response


@bp.post("/products/<int:product_id>/reviews")
@login_required
def add_review(product_id):
    db.session.add(Review(product_id=product_id, user_id=g.user.id, text=request.form["text"]))
    db.session.commit()
    return redirect(f"/products/{product_id}")


@bp.get("/card")
def greeting_card():
    return render_template_string("<h1>Dear " + request.args.get("name", "friend") + "</h1>")  # flaw: - (template injection)


@bp.get("/out")
def leave():
    return redirect(request.args["url"])  # flaw: - (open redirect)
