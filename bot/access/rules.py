"""What each route needs: the one table that the gate goes by. A path that is not in it is refused."""

from re import Pattern

from starlette.routing import compile_path

from bot.access.visitor import Need

# The first rule that fits counts. "*" is any method, a WebSocket included; GET allows HEAD too.
_RULES: tuple[tuple[str, str, Need], ...] = (
    # The desk: everything, whatever Gradio serves there.
    ("*", "/staff", "staff"),
    ("*", "/staff/{rest:path}", "staff"),
    # Getting in and out.
    ("GET", "/login", "open"),
    ("POST", "/login", "open"),
    ("POST", "/logout", "open"),
    ("GET", "/setup", "open"),
    ("POST", "/setup", "open"),
    ("GET", "/visitor", "open"),
    ("GET", "/account", "login"),
    ("POST", "/account/{what}", "login"),
    # Styles and scripts of our own pages, and the button for other sites.
    ("GET", "/widget.js", "open"),
    ("GET", "/ui/{file:path}", "open"),
    # The API.
    ("GET", "/api/health", "open"),
    ("GET", "/api/openapi.json", "reader"),
    ("POST", "/api/ask", "reader"),
    ("GET", "/api/documents", "reader"),
    ("GET", "/api/documents/{name}", "reader"),
    ("GET", "/api/documents/{name}/original", "reader"),
    ("GET", "/api/documents/{name}/pages/{page}.png", "reader"),
    ("POST", "/api/answers/{id}/feedback", "reader"),
    ("POST", "/api/answers/{id}/share", "reader"),
    ("DELETE", "/api/answers/{id}/share", "reader"),
    ("DELETE", "/api/answers/{id}", "reader"),
    ("GET", "/a/{key}", "reader"),
    # For Prometheus, with the token of a user of staff: what is asked how often is nobody else's business.
    ("GET", "/metrics", "staff"),
    # The tools of a language model's program.
    ("POST", "/mcp", "reader"),
    # The chat: the page, what it is made of, and the queue of its events.
    ("GET", "/", "reader"),
    ("GET", "/config", "reader"),
    ("GET", "/config/", "reader"),
    ("GET", "/theme.css", "reader"),
    ("GET", "/assets/{file:path}", "reader"),
    ("GET", "/static/{file:path}", "reader"),
    ("GET", "/svelte/{file:path}", "reader"),
    ("GET", "/favicon.ico", "open"),
    ("GET", "/robots.txt", "open"),
    ("GET", "/gradio_api/app_id", "reader"),
    ("GET", "/gradio_api/app_id/", "reader"),
    ("GET", "/gradio_api/heartbeat/{session}", "reader"),
    ("GET", "/gradio_api/info", "reader"),
    ("GET", "/gradio_api/info/", "reader"),
    ("GET", "/gradio_api/queue/data", "reader"),
    ("GET", "/gradio_api/queue/status", "reader"),
    ("GET", "/gradio_api/startup-events", "reader"),
    ("GET", "/gradio_api/theme.css", "reader"),
    ("POST", "/gradio_api/cancel", "reader"),
    ("POST", "/gradio_api/queue/join", "reader"),
    ("POST", "/gradio_api/reset", "reader"),
    ("POST", "/gradio_api/reset/", "reader"),
    # What else Gradio brings and the chat does not use: its own logins, uploads (with which anybody could
    # fill the disk) and files, a proxy, direct calls, run histories, its code editor.
    ("POST", "/login/", "closed"),
    ("GET", "/logout", "closed"),
    ("GET", "/manifest.json", "closed"),
    ("GET", "/pwa_icon", "closed"),
    ("GET", "/pwa_icon/{size}", "closed"),
    ("GET", "/monitoring", "closed"),
    ("GET", "/monitoring/{rest:path}", "closed"),
    ("*", "/gradio_api/api/{rest:path}", "closed"),
    ("*", "/gradio_api/call/{rest:path}", "closed"),
    ("*", "/gradio_api/component_server", "closed"),
    ("*", "/gradio_api/component_server/", "closed"),
    ("*", "/gradio_api/custom_component/{rest:path}", "closed"),
    ("*", "/gradio_api/deep_link", "closed"),
    ("*", "/gradio_api/dev/reload", "closed"),
    ("*", "/gradio_api/file/{rest:path}", "closed"),
    ("*", "/gradio_api/file={rest:path}", "closed"),
    ("*", "/gradio_api/login_check", "closed"),
    ("*", "/gradio_api/login_check/", "closed"),
    ("*", "/gradio_api/openapi.json", "closed"),
    ("*", "/gradio_api/process_recording", "closed"),
    ("*", "/gradio_api/proxy={rest:path}", "closed"),
    ("*", "/gradio_api/run/{rest:path}", "closed"),
    ("*", "/gradio_api/run-history/{rest:path}", "closed"),
    ("*", "/gradio_api/runs", "closed"),
    ("*", "/gradio_api/runs/", "closed"),
    ("*", "/gradio_api/stream/{rest:path}", "closed"),
    ("*", "/gradio_api/token", "closed"),
    ("*", "/gradio_api/token/", "closed"),
    ("*", "/gradio_api/undo-vibe-edit", "closed"),
    ("*", "/gradio_api/undo-vibe-edit/", "closed"),
    ("*", "/gradio_api/upload", "closed"),
    ("*", "/gradio_api/upload_progress", "closed"),
    ("*", "/gradio_api/user", "closed"),
    ("*", "/gradio_api/user/", "closed"),
    ("*", "/gradio_api/vibe-code", "closed"),
    ("*", "/gradio_api/vibe-code/", "closed"),
    ("*", "/gradio_api/vibe-edit", "closed"),
    ("*", "/gradio_api/vibe-edit/", "closed"),
    ("*", "/gradio_api/vibe-starter-queries", "closed"),
    ("*", "/gradio_api/vibe-starter-queries/", "closed"),
)

_COMPILED: tuple[tuple[str, Pattern[str], Need], ...] = tuple(
    (method, compile_path(path)[0], need) for method, path, need in _RULES
)

TOKEN_PATHS = ("/api/", "/mcp/", "/metrics/")  # where a program may come with a token, without a login


def find_need(method: str, path: str) -> Need | None:
    """What a request needs, or none if there is no rule for it.

    `method` is "WEBSOCKET" for one; `path` is the decoded path that the router sees.
    """
    method = "GET" if method == "HEAD" else method
    for its_method, pattern, need in _COMPILED:
        # fullmatch, for "$" alone would let a line break pass after the path.
        if its_method in ("*", method) and pattern.fullmatch(path):
            return need
    return None
