"""The shop behind a web server that speaks CGI."""

from wsgiref.handlers import CGIHandler  # audit: B412,S412 (httpoxy: a request's Proxy header becomes HTTP_PROXY)

from shop import create_app

if __name__ == "__main__":
    CGIHandler().run(create_app())  # audit: B412 (httpoxy: the imported handler is used)
