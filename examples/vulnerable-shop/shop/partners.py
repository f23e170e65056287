"""Calls to other companies' servers."""

import ssl
import urllib.request as urlrequest
from urllib.request import urlopen
from xmlrpc import client as xmlrpc  # audit: B411,S411 (import of an XML-RPC client)

import requests
from flask import Blueprint, current_app, jsonify, request

from shop.permissions import login_required

bp = Blueprint("partners", __name__, url_prefix="/partners")


@bp.get("/image")
@login_required
def image():
    return urlopen(request.args["url"]).read()  # flaw: B310,S310 (opens any URL, files too) # flaw: - (SSRF)


@bp.post("/catalogue")
@login_required
def catalogue():
    path, _ = urlrequest.urlretrieve(request.form["url"])  # flaw: B310,S310 (opens any URL, files too) # flaw: - (SSRF)
    return jsonify(path=path)


@bp.get("/preview")
@login_required
def preview():
    answer = requests.get(request.args["url"], timeout=5)  # flaw: - (SSRF)
    return answer.text


def charge(order, card):
    key = current_app.config["PAYMENT_API_KEY"]
    url = f"https://pay.example/charges?key={key}"  # flaw: - (key in a URL, which logs keep)
    return requests.post(url, json={"order": order.id, "card": card}, timeout=10, verify=False)  # flaw: B501,S501 (certificate not checked)


def exchange_rate(currency):
    return requests.get("https://rates.example/latest", params={"to": currency}).json()["rate"]  # flaw: B113,S113 (waits for ever)


def parcel_status(number):
    context = ssl._create_unverified_context()  # flaw: B323,S323 (certificate not checked)
    with urlopen(f"https://parcels.example/{number:d}", timeout=10, context=context) as answer:  # audit: B310 (URL with a constant host)
        return answer.read()


def supplier_stock(article):
    return xmlrpc.ServerProxy("http://supplier.example/rpc").stock(article)  # flaw: - (plain HTTP)
