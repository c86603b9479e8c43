"""One HTTP exchange with a time limit, for ``send`` and for public keys."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from hookproof.errors import ConfigurationError, Unavailable
from hookproof.messages import Headers, Request, Response

TIMEOUT = 10.0
_LIMIT = 1024 * 1024


def exchange(request: Request, *, timeout: float = TIMEOUT) -> Response:
    """Send the request exactly as it is and return the answer; redirects are not followed.

    Raises: ConfigurationError for a URL that is none, Unavailable when nothing answers.
    """
    connection, authority = _connection(request.url, timeout)
    target = request.path + (f"?{request.query}" if request.query else "")
    try:
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", request.headers.get("Host") or authority)
        for name, value in request.headers:
            if name.lower() not in ("host", "content-length"):
                connection.putheader(name, value.encode("utf-8", "surrogateescape"))
        if request.body or request.method not in ("GET", "HEAD"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        return _answer(connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{authority}: {_reason(error, timeout)}") from error
    except (ValueError, UnicodeError) as error:
        raise ConfigurationError(f"the request cannot be sent: {error}") from error
    finally:
        connection.close()


def fetch_document(url: str, _refresh: bool) -> bytes:
    """The document at a URL that the core has checked: a certificate or a key set.

    Raises: Unavailable.
    """
    answer = exchange(Request(method="GET", url=url, headers=Headers([("Accept", "*/*")])))
    if answer.status != http.client.OK:
        raise Unavailable(f"{urlsplit(url).hostname}: status {answer.status} for a public key")
    return answer.body


def _connection(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"expected an http or https URL; found {url!r}") from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise ConfigurationError(f"expected an http or https URL; found {url!r}")
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout), parts.netloc
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context), parts.netloc


def _answer(answer: http.client.HTTPResponse) -> Response:
    return Response(
        status=answer.status, headers=Headers(answer.getheaders()), body=answer.read(_LIMIT)
    )


def _reason(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, http.client.HTTPException):
        return f"the answer is not HTTP ({type(error).__name__})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
