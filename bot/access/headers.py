"""What every answer tells the browser to keep to."""

from starlette.datastructures import MutableHeaders

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000"

# For answers that bring no policy of their own: should a browser ever show one as a page, such as an SVG
# that somebody uploaded, nothing in it runs. A script keeps what it needs when it is a worker's.
_STRICT = "default-src 'none'; frame-ancestors 'self'"
_OF_SCRIPTS = "frame-ancestors 'self'"


def secure(headers: MutableHeaders, *, https: bool, private: bool) -> None:
    """Add to the headers of an answer; `private` ones are kept by no cache unless they say otherwise.

    What is not public must not outlive the right to see it in any cache between here and the reader's eye.
    """
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    is_script = "javascript" in headers.get("content-type", "")
    headers.setdefault("Content-Security-Policy", _OF_SCRIPTS if is_script else _STRICT)
    if https:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    if private:
        headers.setdefault("Cache-Control", "no-store")
    # Gradio lets pages of other origins read its answers, with cookies; here nobody else may.
    for name in [name for name in headers if name.startswith("access-control-")]:
        del headers[name]
