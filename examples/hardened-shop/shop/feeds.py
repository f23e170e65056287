"""Product feeds of suppliers: XML in seven dialects, YAML, and what old partners send."""

import json
from xml.sax.handler import ContentHandler

import yaml
from defusedxml import ElementTree, expatbuilder, minidom, pulldom, sax
from defusedxml.expatreader import create_parser
from flask import Blueprint, current_app, jsonify, request

from shop.permissions import login_required

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


class Names(ContentHandler):
    """Collects the names of products."""

    def __init__(self):
        super().__init__()
        self.found = []

    def startElement(self, name, attrs):
        if name == "product":
            self.found.append(attrs.get("name"))


def from_etree(body):
    return [product.get("name") for product in ElementTree.fromstring(body, forbid_dtd=True).iter("product")]


def from_minidom(body):
    document = minidom.parseString(body, forbid_dtd=True)
    return [product.getAttribute("name") for product in document.getElementsByTagName("product")]


def from_expat(body):
    document = expatbuilder.parseString(body, forbid_dtd=True)
    return [product.getAttribute("name") for product in document.getElementsByTagName("product")]


def from_pulldom(body):
    events = pulldom.parseString(body.decode(), forbid_dtd=True)
    return [
        node.getAttribute("name") for event, node in events if (event, node.nodeName) == ("START_ELEMENT", "product")
    ]


def from_sax(body):
    names = Names()
    sax.parseString(body, names, forbid_dtd=True)
    return names.found


def from_reader(body):
    names, reader = Names(), create_parser(forbid_dtd=True)
    reader.setContentHandler(names)
    reader.feed(body)
    reader.close()
    return names.found


def from_lxml(body):
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return [product.get("name") for product in etree.fromstring(body, parser).iter("product")]


def from_yaml(body):
    return [product["name"] for product in yaml.safe_load(body)]


def from_json(body):
    return [product["name"] for product in json.loads(body)]


FORMATS = {
    "etree": from_etree,
    "minidom": from_minidom,
    "expat": from_expat,
    "pulldom": from_pulldom,
    "sax": from_sax,
    "reader": from_reader,
    "lxml": from_lxml,
    "yaml": from_yaml,
    "json": from_json,
}


@bp.post("/<kind>")
@login_required
def receive(kind):
    if kind not in FORMATS:
        return "Unknown format", 404
    try:
        return jsonify(products=FORMATS[kind](request.get_data()))
    except Exception:
        # Each parser has errors of its own; whatever it is, the sender gets to know no more than this.
        current_app.logger.warning("a feed could not be read", exc_info=True)
        return "The feed could not be read", 400
