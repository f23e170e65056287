"""Uploads of customers, exports for the office."""

import os
import pickle  # audit: B403,S403 (import of pickle)
import subprocess  # audit: B404,S404 (import of subprocess)
import tarfile
import tempfile
import zipfile

from flask import Blueprint, current_app, g, jsonify, request, send_file
from sqlalchemy import select

from shop import db, permissions
from shop.models import Order

bp = Blueprint("files", __name__, url_prefix="/files")


def folder():
    path = current_app.config["UPLOADS"]
    os.makedirs(path, exist_ok=True)
    return path


@bp.post("/")
@permissions.login_required
def upload():
    sent = request.files["file"]
    target = os.path.join(folder(), sent.filename)
    sent.save(target)  # flaw: - (path traversal: the client chooses where the file is written) # flaw: - (upload of any type and size)
    os.chmod(target, 0o777)  # flaw: B103,S103 (everybody may change the file)
    return jsonify(name=sent.filename)


@bp.get("/<path:name>")
def download(name):  # flaw: - (missing authentication: everybody's files)
    return send_file(os.path.join(folder(), name))  # flaw: - (path traversal: reads any file)


@bp.post("/thumbnail")
@permissions.login_required
def thumbnail():
    source = os.path.join(folder(), request.form["name"])
    size = request.form.get("size", "200x200")
    code = os.system("convert %s -resize %s %s.png" % (source, size, source))  # flaw: B605,S605 (shell command built from request parameters)
    return jsonify(code=code)


@bp.post("/unpack")
@permissions.login_required
def unpack():
    with tarfile.open(fileobj=request.files["archive"].stream) as archive:
        archive.extractall(folder())  # flaw: B202,S202 (archive members may leave the folder)
    return "", 204


@bp.post("/unzip")
@permissions.login_required
def unzip():
    with zipfile.ZipFile(request.files["archive"].stream) as archive:
        for name in archive.namelist():
            with open(os.path.join(folder(), name), "wb") as target:  # flaw: - (archive members may leave the folder)
                target.write(archive.read(name))  # flaw: - (decompression bomb)
    return "", 204


@bp.post("/basket")
@permissions.login_required
def load_basket():
    basket = pickle.load(request.files["basket"].stream)  # flaw: B301,S301 (unpickles an upload)
    return jsonify(items=len(basket))


@bp.post("/basket/json")
@permissions.login_required
def load_json_basket():
    import jsonpickle

    return jsonify(items=len(jsonpickle.decode(request.get_data(as_text=True))))  # flaw: B301,S301 (builds objects that the request names)


@bp.get("/orders.csv")
@permissions.staff_required
def export():
    path = tempfile.mktemp(suffix=".csv")  # flaw: B306,S306 (another process can create the file first)
    with open(path, "w") as target:
        for order in db.session.scalars(select(Order)):
            target.write(f"{order.id},{order.total}\n")
    return send_file(path)


@bp.get("/invoice/<int:order_id>")
@permissions.login_required
def invoice(order_id):
    order = db.session.get(Order, order_id)  # flaw: - (IDOR: any customer reads any invoice)
    with open("/tmp/invoice.txt", "w") as target:  # flaw: B108,S108 (fixed name in a folder shared by all users)
        target.write(f"Invoice {order.id} for {g.user.name}: {order.total / 100:.2f}\n")
    return send_file("/tmp/invoice.txt")  # audit: B108,S108 (path under /tmp is read)


@bp.post("/backup")
@permissions.staff_required
def backup():
    subprocess.call("tar czf /srv/backup/uploads.tgz *", shell=True, cwd=folder())  # flaw: B609,S609 (file names become options of tar) # audit: B602,S602,B607,S607 (constant command, program found by PATH)
    return "", 204
