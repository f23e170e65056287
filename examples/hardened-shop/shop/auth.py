"""Accounts: registration, login, password reset, profile, API tokens."""

import logging
from datetime import datetime

import jwt
from flask import Blueprint, abort, current_app, g, jsonify, redirect, render_template, request, session, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop import db, mailer, passwords
from shop.models import User
from shop.permissions import limiter, login_required

bp = Blueprint("auth", __name__)
log = logging.getLogger(__name__)
AFTER_LOGIN = {"account": "auth.account", "orders": "orders.index"}


@bp.route("/register", methods=["GET", "POST"])
@limiter.limit("10/hour", methods=["POST"])
def register():
    if request.method == "GET":
        return render_template("login.html", action=url_for("auth.register"), target="")
    password = request.form["password"]
    if len(password) < passwords.SHORTEST:
        return f"A password has at least {passwords.SHORTEST} characters", 400
    db.session.add(User(email=request.form["email"], password_hash=passwords.hash_password(password)))
    try:
        db.session.commit()
    except IntegrityError:
        # The answer is the same as for a new address: it does not tell who has an account.
        db.session.rollback()
    return redirect(url_for("auth.login"))


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
def login():
    if request.method == "GET":
        return render_template("login.html", action=url_for("auth.login"), target=request.args.get("next", ""))
    user = db.session.scalar(select(User).where(User.email == request.form["email"]))
    if not passwords.check_password(request.form["password"], user.password_hash if user else None):
        log.warning("login refused from %s", request.remote_addr)
        return "Address or password is wrong", 403
    session.clear()
    session["user_id"] = user.id
    log.info("login of user %d", user.id)
    return redirect(url_for(AFTER_LOGIN.get(request.form.get("next"), "catalog.index")))


@bp.post("/logout")
def logout():
    session.clear()
    return redirect(url_for("catalog.index"))


@bp.post("/forgot")
@limiter.limit("5/hour")
def forgot():
    user = db.session.scalar(select(User).where(User.email == request.form["email"]))
    if user is not None:
        token = passwords.new_token()
        user.reset_digest = passwords.token_digest(token)
        user.reset_expires = datetime.now() + passwords.TOKEN_LIFETIME
        db.session.commit()
        mailer.send_reset(user, f"{current_app.config['PUBLIC_URL']}/reset?token={token}")
    return "If there is an account with this address, a mail is on its way to it"


@bp.post("/reset")
@limiter.limit("10/hour")
def reset():
    digest = passwords.token_digest(request.args["token"])
    user = db.session.scalar(select(User).where(User.reset_digest == digest, User.reset_expires > datetime.now()))
    password = request.form["password"]
    if user is None or len(password) < passwords.SHORTEST:
        return "The link is too old, or the password too short", 400
    user.password_hash = passwords.hash_password(password)
    user.reset_digest = user.reset_expires = None
    db.session.commit()
    return redirect(url_for("auth.login"))


@bp.route("/account", methods=["GET", "POST"])
@login_required
def account():
    if request.method == "POST":
        g.user.name = request.form["name"][:80]
        db.session.commit()
    return render_template("account.html", user=g.user)


@bp.post("/api/token")
@login_required
def api_token():
    return jsonify(token=passwords.issue_jwt(g.user))


@bp.get("/api/me")
def api_me():
    try:
        claims = passwords.read_jwt(request.headers.get("Authorization", "").removeprefix("Bearer "))
    except jwt.InvalidTokenError:
        abort(401)
    user = db.session.get(User, int(claims["sub"])) or abort(401)
    return jsonify(email=user.email, role=user.role)
