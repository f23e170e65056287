"""Shows the mail templates to designers: `python -m shop.preview`."""

from flask import Flask, abort

from shop import mailer

preview = Flask("preview")


@preview.get("/<name>")
def show(name):
    if f"{name}.html" not in mailer.env.list_templates():
        abort(404)
    return mailer.env.get_template(f"{name}.html").render(name="Ada", link="https://shop.example/reset")


if __name__ == "__main__":
    preview.run(port=8001)
