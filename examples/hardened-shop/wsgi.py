"""Entry point: `python wsgi.py` on a desk, `gunicorn wsgi:app` in the container."""

from flask import Flask

from shop import create_app

app: Flask = create_app()

if __name__ == "__main__":
    app.run("127.0.0.1", 8000)
