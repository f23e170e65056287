"""The application factory, and what belongs to every request."""

import logging

from flask import Flask, g, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from shop import admin, auth, catalog, cli, db, feeds, files, orders, partners, settings
from shop.models import User
from shop.permissions import limiter

csrf = CSRFProtect()
log = logging.getLogger(__name__)


def create_app(overrides=None):
    app = Flask(__name__)
    app.config.from_object(settings)
    app.config.update(overrides or {})
    db.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    for module in (admin, auth, catalog, feeds, files, orders, partners):
        app.register_blueprint(module.bp)
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    app.before_request(load_user)
    app.after_request(add_headers)
    app.register_error_handler(Exception, show_error)
    return app


def load_user():
    g.user = db.session.get(User, session["user_id"]) if "user_id" in session else None


def add_headers(response):
    origin = request.headers.get("Origin")
    if origin in settings.ALLOWED_ORIGINS:
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin, Cookie"
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; form-action 'self'"
    response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def show_error(error):
    if isinstance(error, HTTPException):
        return error
    log.exception("request failed")
    return "Something went wrong on our side.", 500
