"""What visitors see: products, search, reviews."""

import random

from flask import Blueprint, abort, g, redirect, render_template, render_template_string, request, session, url_for
from markupsafe import Markup
from sqlalchemy import select, text

from shop import db
from shop.models import Product, Review
from shop.permissions import login_required

bp = Blueprint("catalog", __name__)
SLOGANS = ("Fresh every day", "Made near you", "Select the best from our shelves")
SORTS = {"name": Product.name, "price": Product.price}
NEIGHBOURS = {"recipes": "https://recipes.example/", "farm": "https://farm.example/visit"}


@bp.get("/")
def index():
    sort = SORTS.get(request.args.get("sort"), Product.name)
    products = db.session.scalars(select(Product).order_by(sort)).all()
    return render_template("index.html", products=products, slogan=random.choice(SLOGANS))


@bp.get("/search")
def search():
    words = request.args.get("q", "")
    query = select(Product).where(Product.name.contains(words, autoescape=True))
    return render_template("index.html", products=db.session.scalars(query).all(), words=words)


@bp.get("/category/<name>")
def category(name):
    query = text("SELECT id, name, price FROM products WHERE category = :name")
    return render_template("index.html", products=db.session.execute(query, {"name": name}).all())


@bp.get("/tag")
def tag():
    query = text("SELECT id, name, price FROM products WHERE tag = :tag")
    return render_template("index.html", products=db.session.execute(query, {"tag": request.args["tag"]}).all())


@bp.get("/products/<int:product_id>")
def product(product_id):
    recent = session.get("recent", [])
    found = db.session.get(Product, product_id) or abort(404)
    reviews = db.session.scalars(select(Review).where(Review.product_id == product_id)).all()
    greeting = Markup("<p>Recommended by <b>{}</b></p>").format(request.args.get("ref", "us"))
    session["recent"] = [found.name, *recent][:5]
    return render_template("product.html", product=found, reviews=reviews, greeting=greeting, recent=recent)


@bp.post("/products/<int:product_id>/reviews")
@login_required
def add_review(product_id):
    db.session.add(Review(product_id=product_id, user_id=g.user.id, text=request.form["text"][:2000]))
    db.session.commit()
    return redirect(url_for("catalog.product", product_id=product_id))


@bp.get("/card")
def greeting_card():
    return render_template_string("<h1>Dear {{ name }}</h1>", name=request.args.get("name", "friend"))


@bp.get("/out")
def leave():
    return redirect(NEIGHBOURS.get(request.args.get("to"), url_for("catalog.index")))
