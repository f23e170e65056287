"""Back office."""

import ipaddress
import shutil
import statistics
from collections import deque
from pathlib import Path

from flask import Blueprint, abort, jsonify, render_template, request
from sqlalchemy import func, select, update

from shop import db, tools
from shop.models import Order, Product, User
from shop.permissions import staff_required

bp = Blueprint("admin", __name__, url_prefix="/admin")
ROLES = frozenset({"customer", "staff"})
FOLDERS = {"shop": "/srv/shop", "backups": "/srv/backup"}
LOG = Path("/var/log/shop.log")
MANUALS = Path("/srv/shop/manuals")
FORMULAS = {"sum": sum, "mean": statistics.fmean, "largest": max}


def open_orders():
    return db.session.scalar(select(func.count()).where(Order.status == "placed"))


def customers():
    return db.session.scalar(select(func.count()).where(User.role == "customer"))


HOOKS = {"open-orders": open_orders, "customers": customers}


@bp.get("/users")
@staff_required
def users():
    return render_template("admin.html", users=db.session.scalars(select(User)).all())


@bp.post("/users/<int:user_id>/role")
@staff_required
def set_role(user_id):
    if request.form["role"] not in ROLES:
        abort(400)
    user = db.session.get(User, user_id) or abort(404)
    user.role = request.form["role"]
    db.session.commit()
    return "", 204


@bp.get("/ping")
@staff_required
def ping():
    try:
        host = ipaddress.ip_address(request.args["host"])
    except ValueError:
        abort(400)
    return tools.run(["/usr/bin/ping", "-c", "1", str(host)])


@bp.get("/disk")
@staff_required
def disk():
    folder = FOLDERS.get(request.args.get("folder", "shop")) or abort(404)
    return jsonify(shutil.disk_usage(folder)._asdict())


@bp.get("/log")
@staff_required
def tail():
    lines = min(max(request.args.get("lines", 20, type=int), 1), 500)
    with LOG.open(errors="replace") as log:
        return "".join(deque(log, maxlen=lines)), 200, {"Content-Type": "text/plain"}


@bp.get("/manual")
@staff_required
def manual():
    manuals = {path.stem: path for path in MANUALS.glob("*.pdf")}
    path = manuals.get(request.args["name"]) or abort(404)
    return tools.run(["/usr/bin/pdftotext", str(path), "-"]), 200, {"Content-Type": "text/plain"}


@bp.post("/report")
@staff_required
def report():
    formula = FORMULAS.get(request.form["formula"]) or abort(404)
    totals = list(db.session.scalars(select(Order.total)))
    return jsonify(result=formula(totals) if totals else 0)


@bp.post("/hook")
@staff_required
def hook():
    script = HOOKS.get(request.form["script"]) or abort(404)
    return jsonify(result=script())


@bp.post("/prices")
@staff_required
def prices():
    percent = request.form.get("percent", type=int)
    if percent is None or not 50 <= percent <= 200:
        return "A price changes to between 50 and 200 percent", 400
    statement = update(Product).where(Product.category == request.form["category"])
    db.session.execute(statement.values(price=Product.price * percent // 100))
    db.session.commit()
    return "", 204
