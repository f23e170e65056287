"""Commands and background work: `flask --app wsgi COMMAND`."""

import hmac
import logging.config
import os

import click
from sqlalchemy import delete, func, select

from shop import db, mailer, passwords
from shop.models import Order, Product, Review, User

TABLES = {"orders": Order, "reviews": Review}
SIGNATURE_BYTES = 32


def create_user(email, password, role="customer"):
    user = User(email=email, password_hash=passwords.hash_password(password), role=role)
    db.session.add(user)
    db.session.commit()
    return user


@click.command()
@click.password_option(help="Of the first administrator; asked for when not given.")
def seed(password):
    """Fill an empty shop."""
    create_user("admin@shop.example", password, "staff")
    db.session.add_all([Product(name="Apples", price=250, stock=40), Product(name="Honey", price=790, stock=12)])
    db.session.commit()


@click.command()
@click.argument("table", type=click.Choice(sorted(TABLES)))
def purge(table):
    """Empty a table."""
    db.session.execute(delete(TABLES[table]))
    db.session.commit()


@click.command()
@click.argument("address")
def notify(address):
    """Mail the day's figures."""
    orders = db.session.scalar(select(func.count()).select_from(Order))
    mailer.send(address, "Figures", f"<p>{orders} orders</p>")


def signed_only(message):
    """The configuration when its first bytes are its HMAC under our key, else None: the listener drops it."""
    signature, body = message[:SIGNATURE_BYTES], message[SIGNATURE_BYTES:]
    expected = hmac.digest(os.environ["LOGGING_KEY"].encode(), body, "sha256")
    return body if hmac.compare_digest(signature, expected) else None


@click.command()
def worker():
    """Run until told to stop; the log settings can be changed while it runs."""
    listener = logging.config.listen(9030, verify=signed_only)
    listener.start()
    listener.join()


COMMANDS = (seed, purge, notify, worker)
