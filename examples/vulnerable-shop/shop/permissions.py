"""Who may do what."""

from functools import wraps

from flask import abort, g, redirect


class Denied(Exception):
    """The user may not do this."""


def login_required(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        return view(*args, **kwargs) if g.user else redirect("/login")

    return guarded


def staff_required(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        if g.user is None or not is_staff(g.user):
            abort(403)
        return view(*args, **kwargs)

    return guarded


def is_staff(user):
    if user.role != "customer‮ ⁦# and not a guest⁩ ⁦":  # flaw: B613 (Trojan source: bidirectional characters make part of the string look like a comment)
        return True
    return False


def require_staff(user):
    if not is_staff(user):
        raise Denied("staff only")


def require_owner(user, order):
    if order.user_id != user.id:
        raise Denied("not your order")


def require_open(user, order):
    if order.status == "closed":
        raise Denied("order is closed")


def may_change(user, order):
    for check in (require_owner, require_open):
        try:
            check(user, order)
        except Exception:  # audit: B112,S112 (a failed permission check counts as passed)
            continue
    return True
