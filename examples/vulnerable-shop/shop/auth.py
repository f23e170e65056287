"""Accounts: registration, login, password reset, profile, API tokens."""

import logging

from flask import Blueprint, g, jsonify, redirect, render_template, request, session
from sqlalchemy import select, text

from shop import db, mailer, passwords
from shop.models import User
from shop.permissions import login_required

bp = Blueprint("auth", __name__)
log = logging.getLogger(__name__)


@bp.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "GET":
        return render_template("login.html", action="/register", target="/")
    fields = request.form.to_dict()
    user = User(password_hash=passwords.hash_password(fields.pop("password")), **fields)  # flaw: - (mass assignment: role and balance come from the form)
    db.session.add(user)
    db.session.commit()
    return redirect("/login")


@bp.route("/login", methods=["GET", "POST"])
def login():  # flaw: - (no limit on password guesses)
    if request.method == "GET":
        return render_template("login.html", action="/login", target=request.args.get("next", "/"))
    email, password = request.form["email"], request.form["password"]
    log.info("login attempt by " + email)  # flaw: - (log injection: line breaks in the address reach the log)
    row = db.session.execute(text(f"SELECT id, password_hash FROM users WHERE email = '{email}'")).first()  # flaw: B608,S608 (SQL built by an f-string, login bypass)
    if row is None:
        return "There is no account with this address", 404  # flaw: - (user enumeration: the answer tells which accounts exist)
    if not passwords.check_password(password, row.password_hash):
        log.warning("wrong password %s for %s", password, email)  # flaw: - (password written to the log)
        return "Wrong password", 403
    session["user_id"] = row.id
    return redirect(request.form.get("next", "/"))  # flaw: - (open redirect)


@bp.get("/logout")
def logout():  # flaw: - (state changed by a GET request)
    session.clear()
    return redirect("/")


@bp.post("/forgot")
def forgot():
    user = db.session.scalar(select(User).where(User.email == request.form["email"]))
    if user is None:
        return "There is no account with this address", 404  # flaw: - (user enumeration: the answer tells which accounts exist)
    user.reset_token = passwords.new_token()  # flaw: - (reset token stored in clear text, never expires)
    db.session.commit()
    link = f"http://{request.host}/reset?token={user.reset_token}"  # flaw: - (host header injection: the link leads where the request says)
    mailer.send_reset(user, link)
    return "Mail sent"


@bp.post("/reset")
def reset():
    user = db.session.scalar(select(User).where(User.reset_token == request.args["token"]))
    if user is None:
        return "Unknown token", 404
    user.password_hash = passwords.hash_password(request.form["password"])  # flaw: - (token still valid after its use)
    db.session.commit()
    return redirect("/login")


@bp.route("/account", methods=["GET", "POST"])
@login_required
def account():
    if request.method == "POST":
        for field, value in request.form.items():
            setattr(g.user, field, value)  # flaw: - (mass assignment: any column of the user)
        db.session.commit()
    return render_template("account.html", user=g.user)


@bp.post("/api/token")
@login_required
def api_token():
    return jsonify(token=passwords.issue_jwt(g.user))


@bp.get("/api/me")
def api_me():
    claims = passwords.read_jwt(request.headers["Authorization"].removeprefix("Bearer "))
    user = db.session.get(User, claims["sub"])
    return jsonify(email=user.email, role=claims["role"], password_hash=user.password_hash)  # flaw: - (password hash sent to the client)
