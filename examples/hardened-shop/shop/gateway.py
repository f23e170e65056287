"""The shop behind a web server that may pass a request's Proxy header on: `gunicorn shop.gateway:app`."""

from shop import create_app


def without_proxy_header(app):
    """CGI turned this header into HTTP_PROXY, by which a request could choose our outgoing proxy (httpoxy)."""

    def served(environ, start_response):
        environ.pop("HTTP_PROXY", None)
        return app(environ, start_response)

    return served


app = without_proxy_header(create_app())
