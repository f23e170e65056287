"""Orders of customers."""

import csv
import io

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from sqlalchemy import select, update

from shop import db, permissions
from shop.models import Coupon, Order, Product, User

bp = Blueprint("orders", __name__, url_prefix="/orders")
MOST_AT_ONCE = 20


def own_order(order_id):
    """The order when it is the user's; 404 for other people's, as for orders that do not exist."""
    query = select(Order).where(Order.id == order_id, Order.user_id == g.user.id)
    return db.session.scalar(query) or abort(404)


@bp.get("/")
@permissions.login_required
def index():
    orders = db.session.scalars(select(Order).where(Order.user_id == g.user.id)).all()
    return render_template("orders.html", orders=orders)


@bp.post("/")
@permissions.login_required
def place():
    quantity = request.form.get("quantity", type=int)
    product = db.session.get(Product, request.form.get("product", type=int) or 0) or abort(404)
    if quantity is None or not 1 <= quantity <= MOST_AT_ONCE:
        return f"Between 1 and {MOST_AT_ONCE}, please", 400
    enough = update(Product).where(Product.id == product.id, Product.stock >= quantity)
    if db.session.execute(enough.values(stock=Product.stock - quantity)).rowcount != 1:
        return "Not enough in stock", 409
    order = Order(user_id=g.user.id, product_id=product.id, quantity=quantity, total=product.price * quantity)
    db.session.add(order)
    db.session.commit()
    return redirect(url_for("orders.index"))


@bp.get("/<int:order_id>")
@permissions.login_required
def show(order_id):
    return render_template("orders.html", orders=[own_order(order_id)])


@bp.post("/<int:order_id>/cancel")
@permissions.login_required
def cancel(order_id):
    order = own_order(order_id)
    if order.status != "placed":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return redirect(url_for("orders.index"))


@bp.post("/<int:order_id>/quantity")
@permissions.login_required
def change(order_id):
    order = own_order(order_id)
    quantity = request.form.get("quantity", type=int)
    if not permissions.may_change(g.user, order) or quantity is None or not 1 <= quantity <= order.quantity:
        abort(409)
    order.total = order.total // order.quantity * quantity
    order.quantity = quantity
    db.session.commit()
    return redirect(url_for("orders.index"))


@bp.post("/<int:order_id>/refund")
@permissions.staff_required
def refund(order_id):
    order = db.session.get(Order, order_id) or abort(404)
    once = update(Order).where(Order.id == order.id, Order.status == "placed").values(status="refunded")
    if db.session.execute(once).rowcount != 1:
        abort(409)
    db.session.execute(update(User).where(User.id == order.user_id).values(balance=User.balance + order.total))
    db.session.commit()
    return redirect(url_for("orders.index"))


@bp.post("/coupon")
@permissions.login_required
def coupon():
    found = db.session.get(Coupon, request.form["code"])
    unused = update(Coupon).where(Coupon.code == request.form["code"], Coupon.used.is_(False))
    if found is None or db.session.execute(unused.values(used=True)).rowcount != 1:
        return "Coupon is not valid", 409
    db.session.execute(update(User).where(User.id == g.user.id).values(balance=User.balance + found.value))
    db.session.commit()
    return redirect(url_for("auth.account"))


def cell(value):
    """Text that a spreadsheet does not take for a formula."""
    return "'" + value if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


@bp.get("/export.csv")
@permissions.staff_required
def export():
    table = io.StringIO()
    writer = csv.writer(table)
    for order, user in db.session.execute(select(Order, User).join(User, User.id == Order.user_id)):
        writer.writerow([order.id, cell(user.name), order.total])
    return Response(table.getvalue(), mimetype="text/csv")
