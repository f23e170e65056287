"""Product feeds of suppliers: XML in seven dialects, YAML, and what old partners send."""

import marshal
import xml.dom.minidom as minidom  # audit: B408,S408 (import of an XML parser)
import xml.sax  # audit: B406,S406 (import of an XML parser)
from xml.dom import expatbuilder  # audit: B407,S407 (import of an XML parser)
from xml.dom import pulldom  # audit: B409,S409 (import of an XML parser)
from xml.etree import ElementTree  # audit: B405,S405 (import of an XML parser)
from xml.sax.expatreader import create_parser  # audit: B406 (import of an XML parser)

import yaml
from flask import Blueprint, jsonify, request

from shop.permissions import login_required

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


class Names(xml.sax.ContentHandler):
    """Collects the names of products."""

    def __init__(self):
        super().__init__()
        self.found = []

    def startElement(self, name, attrs):
        if name == "product":
            self.found.append(attrs.get("name"))


def from_etree(body):
    return [product.get("name") for product in ElementTree.fromstring(body).iter("product")]  # audit: B314,S314 (XML of a stranger: entity expansion)


def from_old_etree(body):
    import xml.etree.cElementTree as cElementTree  # audit: B405,S405 (import of an XML parser)

    return [product.get("name") for product in cElementTree.fromstring(body).iter("product")]  # audit: B313,S313 (XML of a stranger: entity expansion)


def from_minidom(body):
    document = minidom.parseString(body)  # audit: B318,S318 (XML of a stranger: entity expansion)
    return [product.getAttribute("name") for product in document.getElementsByTagName("product")]


def from_expat(body):
    document = expatbuilder.parseString(body)  # audit: B316,S316 (XML of a stranger: entity expansion)
    return [product.getAttribute("name") for product in document.getElementsByTagName("product")]


def from_pulldom(body):
    events = pulldom.parseString(body.decode())  # audit: B319,S319 (XML of a stranger: entity expansion)
    return [node.getAttribute("name") for event, node in events if (event, node.nodeName) == ("START_ELEMENT", "product")]


def from_sax(body):
    names = Names()
    xml.sax.parseString(body, names)  # audit: B317,S317 (XML of a stranger: entity expansion)
    return names.found


def from_reader(body):
    names, reader = Names(), create_parser()  # audit: B315,S315 (XML of a stranger: entity expansion)
    reader.setContentHandler(names)
    reader.feed(body)
    reader.close()
    return names.found


def from_lxml(body):
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=True, no_network=False)  # flaw: - (XXE: external entities are fetched)
    return [product.get("name") for product in etree.fromstring(body, parser).iter("product")]


def from_yaml(body):
    return [product["name"] for product in yaml.load(body, Loader=yaml.Loader)]  # flaw: B506,S506 (YAML of a stranger builds any object)


def from_marshal(body):
    return marshal.loads(body)  # flaw: B302,S302 (bytes of a stranger, made for trusted data)


FORMATS = {
    "etree": from_etree,
    "old-etree": from_old_etree,
    "minidom": from_minidom,
    "expat": from_expat,
    "pulldom": from_pulldom,
    "sax": from_sax,
    "reader": from_reader,
    "lxml": from_lxml,
    "yaml": from_yaml,
    "marshal": from_marshal,
}


@bp.post("/<kind>")
@login_required
def receive(kind):
    if kind not in FORMATS:
        return "Unknown format", 404
    return jsonify(products=FORMATS[kind](request.get_data()))
