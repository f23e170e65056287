from flask import Flask
from .config import PREFIX

def create_app(config=None):
    app = Flask(__name__)
    if config:
        app.config.update(config)
    from . import views, admin
    app.register_blueprint(views.bp)
    app.register_blueprint(admin.bp, url_prefix=PREFIX + "/adm")

    @app.route("/health")
    def health():
        return "ok"

    for name in ("a", "b"):
        app.add_url_rule(f"/x/{name}", name, view_func=views.generic)
    return app
