"""Mails to customers."""

import logging
import smtplib
from email.message import EmailMessage
from pathlib import Path

import jinja2
from flask import current_app

MAILS = Path(__file__).with_name("mail")
env = jinja2.Environment(loader=jinja2.FileSystemLoader(MAILS))  # flaw: B701,S701 (HTML mails without escaping)
log = logging.getLogger(__name__)


def send_reset(user, link):
    body = env.get_template("reset.html").render(name=user.name, link=link)
    log.info("reset link for %s: %s", user.email, link)  # flaw: - (secret written to the log)
    send(user.email, "Your new password", body)


def newsletter(user, source):
    from mako.template import Template

    send(user.email, "News", Template(source).render(user=user))  # flaw: B702,S702 (Mako does not escape) # flaw: - (template injection)


def send(address, subject, body):
    message = EmailMessage()
    message["To"], message["Subject"] = address, subject
    message.set_content(body, subtype="html")
    if current_app.config["MAIL_ENABLED"]:
        account = current_app.config["SMTP"]
        with smtplib.SMTP(account["host"], timeout=10) as server:  # flaw: - (mail account's password in clear text: no STARTTLS)
            server.login(account["user"], account["password"])
            server.send_message(message)
