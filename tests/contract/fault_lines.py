"""Faults before there is a conversation: nobody listens, the name is unknown, the certificate is nobody's."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_server import nobody_listens

UNKNOWN = "vendor.invalid"


@contextmanager
def unknown_name() -> Iterator[str]:
    """Give an address whose name nobody knows, and fail where nobody asks for it."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != UNKNOWN:
            return real(host, *args, **options)
        asked.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    socket.getaddrinfo = resolve
    try:
        yield f"https://{UNKNOWN}"
    finally:
        socket.getaddrinfo = real
    assert asked, "the name was never asked for"


@contextmanager
def untrusted() -> Iterator[str]:
    """Serve https with a certificate that nobody signed; fail where nobody comes, or something is told to us."""
    server = Untrusted()
    try:
        yield server.address
    finally:
        server.stop()
    assert server.came, "nobody shook hands"
    assert server.heard == [], "a request was sent to a server that nobody trusts"


class Untrusted:
    """Takes connections, and notes what comes behind their handshakes."""

    def __init__(self) -> None:
        self.came = 0
        self.heard: list[bytes] = []
        self._context = trusted_by_nobody()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join(60)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.came += 1
            with (
                connection,
                suppress(OSError),
                self._context.wrap_socket(connection, server_side=True) as one,
            ):
                heard = one.recv(65_536)
                self.heard += [heard] if heard else []


@cache
def trusted_by_nobody() -> ssl.SSLContext:
    """Make a certificate that signs itself, once."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    text = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(key.private_bytes(*text) + made.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context


#: Each gives the address to call, and fails afterwards where the fault was not met.
LINES = {"refused": nobody_listens, "unknown name": unknown_name, "untrusted": untrusted}
