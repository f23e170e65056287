"""Orders of customers."""

import csv
import io

from flask import Blueprint, Response, g, redirect, render_template, request
from sqlalchemy import select

from shop import db, permissions
from shop.models import Coupon, Order, Product, User

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.get("/")
@permissions.login_required
def index():
    orders = db.session.scalars(select(Order).where(Order.user_id == g.user.id)).all()
    return render_template("orders.html", orders=orders)


@bp.post("/")
@permissions.login_required
def place():
    product = db.session.get(Product, int(request.form["product"]))
    quantity = int(request.form["quantity"])  # flaw: - (negative quantities are accepted)
    if product.stock < quantity:
        return "Not enough in stock", 409
    product.stock -= quantity  # flaw: - (race: stock read and written in two steps)
    total = int(request.form["price"]) * quantity  # flaw: - (price taken from the client)
    db.session.add(Order(user_id=g.user.id, product_id=product.id, quantity=quantity, total=total))
    db.session.commit()
    return redirect("/orders/")


@bp.get("/<int:order_id>")
@permissions.login_required
def show(order_id):
    order = db.session.get(Order, order_id)  # flaw: - (IDOR: any customer reads any order)
    assert order is not None, "unknown order"  # audit: B101,S101 (assert)
    return render_template("orders.html", orders=[order])


@bp.post("/<int:order_id>/cancel")
@permissions.login_required
def cancel(order_id):
    order = db.session.get(Order, order_id)
    assert order.user_id == g.user.id or permissions.is_staff(g.user)  # flaw: B101,S101 (authorisation by assert: gone under python -O)
    order.status = "cancelled"
    db.session.commit()
    return redirect("/orders/")


@bp.post("/<int:order_id>/quantity")
@permissions.login_required
def change(order_id):
    order = db.session.get(Order, order_id)
    if permissions.may_change(g.user, order):
        order.quantity = int(request.form["quantity"])
        db.session.commit()
    return redirect("/orders/")


@bp.post("/<int:order_id>/refund")
@permissions.login_required
def refund(order_id):
    try:
        permissions.require_staff(g.user)
    except Exception:  # flaw: B110,S110 (the permission check's refusal is swallowed)
        pass
    order = db.session.get(Order, order_id)
    customer = db.session.get(User, order.user_id)
    customer.balance += order.total
    order.status = "refunded"
    db.session.commit()
    return redirect("/orders/")


@bp.post("/coupon")
@permissions.login_required
def coupon():
    found = db.session.get(Coupon, request.form["code"])
    if found is None or found.used:
        return "Coupon is not valid", 409
    found.used = True  # flaw: - (race: two requests spend one coupon)
    g.user.balance += found.value
    db.session.commit()
    return redirect("/account")


@bp.get("/export.csv")
def export():  # flaw: - (missing authentication: everybody's orders)
    table = io.StringIO()
    writer = csv.writer(table)
    for order, user in db.session.execute(select(Order, User).join(User, User.id == Order.user_id)):
        writer.writerow([order.id, user.name, order.total])  # flaw: - (CSV injection: a name that starts with = is a formula)
    return Response(table.getvalue(), mimetype="text/csv")
