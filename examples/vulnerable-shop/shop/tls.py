"""TLS to card terminals in the shops, some of them old."""

import socket
import ssl


def terminal(host, version=ssl.PROTOCOL_TLSv1):  # flaw: B503,S503 (TLS 1.0 by default)
    context = ssl.SSLContext(version)
    return context.wrap_socket(socket.create_connection((host, 4433), timeout=10))


def old_terminal(host):
    plain = socket.create_connection((host, 4433), timeout=10)
    return ssl.wrap_socket(plain, ssl_version=ssl.PROTOCOL_TLSv1)  # flaw: B502,S502 (TLS 1.0, certificate not checked)


def any_terminal(host):
    plain = socket.create_connection((host, 4433), timeout=10)
    return ssl.wrap_socket(plain)  # audit: B504,S504 (any protocol version, certificate not checked)


def listener():
    server = socket.socket()
    server.bind(("0.0.0.0", 4433))  # flaw: B104,S104 (listens on every interface)
    server.listen()
    return server


def openssl_context():
    from OpenSSL import SSL

    return SSL.Context(method=SSL.TLSv1_METHOD)  # flaw: B502,S502 (TLS 1.0)
