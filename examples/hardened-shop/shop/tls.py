"""TLS to card terminals in the shops."""

import socket
import ssl


def context():
    modern = ssl.create_default_context()
    modern.minimum_version = ssl.TLSVersion.TLSv1_2
    return modern


def terminal(host):
    plain = socket.create_connection((host, 4433), timeout=10)
    return context().wrap_socket(plain, server_hostname=host)


def listener():
    server = socket.socket()
    server.bind(("127.0.0.1", 4433))
    server.listen()
    return server


def openssl_context():
    from OpenSSL import SSL

    modern = SSL.Context(method=SSL.TLS_METHOD)
    modern.set_min_proto_version(SSL.TLS1_2_VERSION)
    modern.set_default_verify_paths()
    modern.set_verify(SSL.VERIFY_PEER)
    return modern
