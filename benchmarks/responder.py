"""A minimal AWS in a process of its own: answers at once, so that what is measured is the caller.

It knows as much as a delivery needs: GetSecretValue, SendMessage, and S3's PutObject.
"""

from __future__ import annotations

import hashlib
import json
import socket
import socketserver
import sys
import threading

_LONG_AGO = 1_700_000_000.0


class Handler(socketserver.StreamRequestHandler):
    """One kept connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer until the caller hangs up."""
        while line := self.rfile.readline():
            headers = self._headers()
            if headers.get("expect"):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(headers.get("content-length", 0)))
            answer = b"" if line.startswith(b"PUT") else _answer(headers, body)
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
            )

    def _headers(self) -> dict[str, str]:
        headers = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers


def _answer(headers: dict[str, str], body: bytes) -> bytes:
    payload = json.loads(body)
    if headers["x-amz-target"].startswith("secretsmanager"):
        return json.dumps({"SecretString": sys.argv[1], "CreatedDate": _LONG_AGO}).encode()
    digest = hashlib.md5(payload["MessageBody"].encode(), usedforsecurity=False).hexdigest()
    answer = {"MessageId": "1", "MD5OfMessageBody": digest}
    if attributes := payload.get("MessageAttributes"):
        answer["MD5OfMessageAttributes"] = _attributes_digest(attributes)
    return json.dumps(answer).encode()


def _attributes_digest(attributes: dict[str, dict[str, str]]) -> str:
    # boto3 checks it. Source: SQSDeveloperGuide, "Calculating the MD5 message digest".
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        one = attributes[name]
        for text in (name, one["DataType"]):
            digest.update(len(text.encode()).to_bytes(4, "big") + text.encode())
        value = one["StringValue"].encode()
        digest.update(b"\x01" + len(value).to_bytes(4, "big") + value)
    return digest.hexdigest()


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection."""

    daemon_threads = True
    address_family = socket.AF_INET


def main() -> None:
    """Serve until standard input ends; every secret is the first argument. Prints the port."""
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
