"""Uploads of customers, exports for the office."""

import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from uuid import uuid4

from flask import Blueprint, abort, current_app, g, jsonify, request, send_file, send_from_directory
from sqlalchemy import select

from shop import db, permissions, tools
from shop.models import Order
from shop.orders import own_order

bp = Blueprint("files", __name__, url_prefix="/files")
KINDS = frozenset({".txt", ".csv", ".png", ".jpg"})
SIZES = {"small": "100x100", "large": "400x400"}
MOST_MEMBERS = 100
MOST_BYTES = 20 * 1024 * 1024


def folder():
    """The user's own folder, which nobody else may read."""
    path = Path(current_app.config["UPLOADS"]) / str(g.user.id)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_name(sent):
    """A name of our own: of the client's name only a known suffix is kept."""
    suffix = Path(sent or "").suffix.lower()
    return f"{uuid4().hex}{suffix}" if suffix in KINDS else abort(415)


@bp.post("/")
@permissions.login_required
def upload():
    sent = request.files["file"]
    name = new_name(sent.filename)
    target = folder() / name
    sent.save(target)
    target.chmod(0o600)
    return jsonify(name=name)


@bp.get("/<name>")
@permissions.login_required
def download(name):
    return send_from_directory(folder(), name, as_attachment=True)


@bp.post("/thumbnail")
@permissions.login_required
def thumbnail():
    size = SIZES.get(request.form.get("size", "small")) or abort(400)
    pictures = {path.name: path for path in folder().glob("*.png")}
    source = pictures.get(request.form["name"]) or abort(404)
    tools.thumbnail(source, size, source.with_suffix(".small.png"))
    return jsonify(code=0)


@bp.post("/unpack")
@permissions.login_required
def unpack():
    with tarfile.open(fileobj=request.files["archive"].stream) as archive:
        members = []
        for member in archive:
            members.append(member)
            if len(members) > MOST_MEMBERS or sum(found.size for found in members) > MOST_BYTES:
                abort(413)
        try:
            archive.extractall(folder(), members=members, filter="data")
        except tarfile.FilterError:
            abort(400)
    return "", 204


@bp.post("/unzip")
@permissions.login_required
def unzip():
    with zipfile.ZipFile(request.files["archive"].stream) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_BYTES:
            abort(413)
        for member in members:
            target = folder() / new_name(member.filename)
            with archive.open(member) as packed:
                target.write_bytes(packed.read(member.file_size))
    return "", 204


def items_of(basket):
    if not isinstance(basket, list) or not all(isinstance(item, int) for item in basket):
        abort(400)
    return jsonify(items=len(basket))


@bp.post("/basket")
@permissions.login_required
def load_basket():
    try:
        return items_of(json.loads(request.files["basket"].read()))
    except ValueError:
        abort(400)


@bp.post("/basket/json")
@permissions.login_required
def load_json_basket():
    return items_of(request.get_json())


@bp.get("/orders.csv")
@permissions.staff_required
def export():
    target = tempfile.TemporaryFile()
    for order in db.session.scalars(select(Order)):
        target.write(f"{order.id},{order.total}\n".encode())
    target.seek(0)
    return send_file(target, mimetype="text/csv", download_name="orders.csv")


@bp.get("/invoice/<int:order_id>")
@permissions.login_required
def invoice(order_id):
    order = own_order(order_id)
    lines = f"Invoice {order.id} for {g.user.name}: {order.total / 100:.2f}\n"
    return send_file(io.BytesIO(lines.encode()), mimetype="text/plain", download_name="invoice.txt")


@bp.post("/backup")
@permissions.staff_required
def backup():
    uploads = current_app.config["UPLOADS"]
    with tarfile.open("/srv/backup/uploads.tgz", "w:gz") as archive:
        archive.add(uploads, arcname="uploads")
    return "", 204
