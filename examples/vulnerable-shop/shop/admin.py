"""Back office."""

import os
import subprocess  # audit: B404,S404 (import of subprocess)
from subprocess import getoutput  # audit: B404,S404 (import of subprocess)

from flask import Blueprint, jsonify, render_template, request
from sqlalchemy import select, text

from shop import db, tools
from shop.models import Order, User
from shop.permissions import staff_required

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/users")
def users():  # flaw: - (missing authentication)
    return render_template("admin.html", users=db.session.scalars(select(User)).all())


@bp.post("/users/<int:user_id>/role")
def set_role(user_id):  # flaw: - (missing authorisation: anybody makes anybody an administrator)
    db.session.get(User, user_id).role = request.form["role"]
    db.session.commit()
    return "", 204


@bp.get("/ping")
@staff_required
def ping():
    host = request.args["host"]
    done = subprocess.run("ping -c 1 " + host, shell=True, capture_output=True)  # flaw: B602,S602 (shell command built from a request parameter)
    return done.stdout


@bp.get("/disk")
@staff_required
def disk():
    folder = request.args.get("folder", "/srv/shop")
    return os.popen("du -sh %s" % folder).read()  # flaw: B605,S605 (shell command built from a request parameter)


@bp.get("/log")
@staff_required
def tail():
    return getoutput(f"tail -n {request.args['lines']} /var/log/shop.log")  # flaw: B605,S605 (shell command built from a request parameter)


@bp.get("/manual")
@staff_required
def manual():
    name = request.args["name"]
    return tools.run(f"pdftotext /srv/shop/manuals/{name}.pdf -", shell=True)  # flaw: B604,S604 (a helper runs a shell command built from a request parameter)


@bp.post("/report")
@staff_required
def report():
    totals = list(db.session.scalars(select(Order.total)))
    return jsonify(result=eval(request.form["formula"], {"totals": totals}))  # flaw: B307,S307 (evaluates a request parameter)


@bp.post("/hook")
@staff_required
def hook():
    context = {"orders": db.session.scalars(select(Order)).all()}
    exec(request.form["script"], context)  # flaw: B102,S102 (executes a request parameter)
    return jsonify(result=str(context.get("result")))


@bp.post("/prices")
@staff_required
def prices():
    percent, category = request.form["percent"], request.form["category"]
    statement = f"UPDATE products SET price = price * {percent} / 100 WHERE category = '{category}'"  # flaw: B608,S608 (SQL built by an f-string)
    db.session.execute(text(statement))
    db.session.commit()
    return "", 204
