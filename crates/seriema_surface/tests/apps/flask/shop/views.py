from functools import wraps
from flask import Blueprint, abort, session
from flask.views import MethodView
from flask_login import login_required
bp = Blueprint("views", __name__, url_prefix="/shop")

def admin_required(f):
    @wraps(f)
    def inner(*args, **kwargs):
        if not session.get("admin"):
            abort(403)
        return f(*args, **kwargs)
    return inner

@bp.before_request
def check():
    if "user" not in session:
        abort(401)

@bp.route("/items/<int:id>", methods=["GET", "POST"])
@login_required
def item(id):
    return str(id)

@bp.get("/all")
@admin_required
def all_items():
    return "x"

def generic():
    return "g"

class Item(MethodView):
    decorators = [login_required]
    def get(self): return ""
    def delete(self): return ""

bp.add_url_rule("/mv/", view_func=Item.as_view("mv"))
