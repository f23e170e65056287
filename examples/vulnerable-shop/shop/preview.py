"""Shows the mail templates to designers: `python -m shop.preview`."""

from flask import Flask

from shop import mailer

preview = Flask("preview")


@preview.get("/<name>")
def show(name):
    return mailer.env.get_template(f"{name}.html").render(name="Ada", link="https://shop.example/reset")


if __name__ == "__main__":
    preview.run(port=8001, debug=True)  # flaw: B201,S201 (debugger on: whoever reaches it runs code)
