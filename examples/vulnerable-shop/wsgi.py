"""Entry point: `python wsgi.py` on a desk, `gunicorn wsgi:app` in the container."""

from flask import Flask

from shop import create_app

app: Flask = create_app()

if __name__ == "__main__":
    app.run("0.0.0.0", 8000, debug=True)  # flaw: B104,S104 (listens on every interface) # flaw: B201 (debugger on)
