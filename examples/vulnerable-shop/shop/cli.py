"""Commands and background work: `flask --app wsgi COMMAND`."""

import logging.config
import os
import sys

import click
from flask import current_app
from sqlalchemy import text

from shop import db, passwords
from shop.models import Product, User


def create_user(email, password, role="customer"):
    user = User(email=email, password_hash=passwords.hash_password(password), role=role)
    db.session.add(user)
    db.session.commit()
    return user


@click.command()
def seed():
    """Fill an empty shop."""
    create_user("admin@shop.example", current_app.config["ADMIN_PASSWORD"], "staff")
    create_user(email="demo@shop.example", password="demo-1234")  # audit: B106,S106 (account with a known password)
    db.session.add_all([Product(name="Apples", price=250, stock=40), Product(name="Honey", price=790, stock=12)])
    db.session.commit()


@click.command()
@click.argument("table")
def purge(table):
    """Empty a table."""
    db.session.execute(text("DELETE FROM " + table + " WHERE 1 = 1"))  # audit: B608,S608 (SQL built by +)
    db.session.commit()


@click.command()
@click.argument("address")
def notify(address):
    """Mail the day's figures by the system's mail program."""
    os.spawnlp(os.P_WAIT, "mail", "mail", "-s", "Figures", address)  # audit: B606,S606 (program without a shell)


@click.command()
def worker():
    """Run until told to stop; the log settings can be changed while it runs."""
    listener = logging.config.listen(9030)  # flaw: B612,S612 (whoever connects sends a configuration that is evaluated)
    listener.start()
    listener.join()
    os.execv(sys.executable, [sys.executable, *sys.argv])  # audit: B606,S606 (program without a shell)


COMMANDS = (seed, purge, notify, worker)
