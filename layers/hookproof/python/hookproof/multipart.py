"""The text fields of a multipart/form-data body. Loaded only for deliveries of that kind."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser

from hookproof.errors import RequestMalformed
from hookproof.messages import Request


def form_fields(request: Request) -> tuple[tuple[bytes, bytes], ...]:
    """Every (name, value) of the form, in order; files count with their content.

    Raises: RequestMalformed when the body is not what its content type says.
    Source: RFC 7578.
    """
    content_type = request.headers.get("Content-Type") or ""
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    try:
        message = BytesParser(policy=policy.HTTP).parsebytes(head + request.body)
        fields = [
            (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
            for part in message.iter_parts()
        ]
        return tuple((str(name).encode(), bytes(value or b"")) for name, value in fields if name)
    # The standard library's parser raises many kinds for hostile input.
    except Exception as error:
        raise RequestMalformed("form: expected multipart/form-data") from error
