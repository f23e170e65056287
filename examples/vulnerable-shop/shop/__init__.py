"""The application factory, and what belongs to every request."""

import traceback

from flask import Flask, g, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from shop import admin, auth, catalog, cli, db, feeds, files, orders, partners, settings
from shop.models import User

csrf = CSRFProtect()


def create_app(overrides=None):
    app = Flask(__name__)
    app.config.from_object(settings)
    app.config["ADMIN_PASSWORD"] = "admin-4711"  # flaw: B105,S105 (first administrator's password in the source)
    app.config.update(overrides or {})
    db.init_app(app)
    csrf.init_app(app)
    for module in (admin, auth, catalog, feeds, files, orders, partners):
        app.register_blueprint(module.bp)
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    app.before_request(load_user)
    app.after_request(allow_origin)
    app.register_error_handler(Exception, show_error)
    return app


def load_user():
    g.user = db.session.get(User, session["user_id"]) if "user_id" in session else None


def allow_origin(response):
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")  # flaw: - (CORS: any origin is let in with credentials)
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def show_error(error):
    if isinstance(error, HTTPException):
        return error
    return traceback.format_exc(), 500, {"Content-Type": "text/plain"}  # flaw: - (stack trace sent to the client)
