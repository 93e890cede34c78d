"""Whether a request that changes something comes from one of our own pages."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


def is_forged(method: str, headers: Headers, *, with_session: bool) -> bool:
    """Whether to refuse a request as sent by another site on behalf of a browser's owner.

    A browser says where a request comes from in one header or another. Who says nothing is a program:
    it is let through unless it comes `with_session`, with the cookie of a login. WebSockets count as
    unsafe, because browsers let any page open one.
    """
    if method in _SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    source = headers.get("origin") or headers.get("referer")
    if source is None:
        return with_session
    # Hosts only: behind a proxy that ends TLS, the scheme that arrives here is not the browser's.
    try:
        return urlsplit(source).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True
