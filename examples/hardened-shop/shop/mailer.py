"""Mails to customers."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

import jinja2
from flask import current_app

MAILS = Path(__file__).with_name("mail")
env = jinja2.Environment(loader=jinja2.FileSystemLoader(MAILS), autoescape=True)
log = logging.getLogger(__name__)


def send_reset(user, link):
    body = env.get_template("reset.html").render(name=user.name, link=link)
    log.info("reset link sent to user %d", user.id)
    send(user.email, "Your new password", body)


def newsletter(user, news):
    send(user.email, "News", env.get_template("news.html").render(name=user.name, news=news))


def send(address, subject, body):
    message = EmailMessage()
    message["To"], message["Subject"] = address, subject
    message.set_content(body, subtype="html")
    if current_app.config["MAIL_ENABLED"]:
        account = current_app.config["SMTP"]
        with smtplib.SMTP(account["host"], timeout=10) as server:
            server.starttls(context=ssl.create_default_context())
            server.login(account["user"], account["password"])
            server.send_message(message)
