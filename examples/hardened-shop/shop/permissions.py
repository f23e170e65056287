"""Who may do what, and how often."""

from functools import wraps

from flask import abort, g, redirect, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address)


class Denied(Exception):
    """The user may not do this."""


def login_required(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        return view(*args, **kwargs) if g.user else redirect(url_for("auth.login"))

    return guarded


def staff_required(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        if g.user is None or not is_staff(g.user):
            abort(403)
        return view(*args, **kwargs)

    return guarded


def is_staff(user):
    return user.role == "staff"


def require_staff(user):
    if not is_staff(user):
        raise Denied("staff only")


def require_owner(user, order):
    if order.user_id != user.id:
        raise Denied("not your order")


def require_open(user, order):
    if order.status != "placed":
        raise Denied("order is closed")


def may_change(user, order):
    for check in (require_owner, require_open):
        try:
            check(user, order)
        except Denied:
            return False
    return True
