"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ingest.document import Audience

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

Role = Literal["member", "committee", "staff", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Need = Literal["open", "reader", "login", "staff", "closed"]

_CLEARANCES: dict[Role | None, Audience] = {
    None: "public",
    "member": "members",
    "committee": "committee",
    "staff": "committee",
    "admin": "committee",
}


@dataclass(frozen=True)
class Visitor:
    """Whoever made a request: a user with a role, or, with neither, anybody."""

    name: str | None = None
    role: Role | None = None

    @property
    def clearance(self) -> Audience:
        """The highest audience whose documents the visitor may read."""
        return _CLEARANCES[self.role]

    def may(self, need: Need, require_login: bool) -> bool:
        """Whether a route with this need is for the visitor; `require_login` is the setting."""
        match need:
            case "open":
                return True
            case "reader":
                return self.role is not None or not require_login
            case "login":
                return self.role is not None
            case "staff":
                return self.role in ("staff", "admin")
            case "closed":
                return False


ANYBODY = Visitor()


def visitor(request: "HTTPConnection") -> Visitor:
    """Who made a request, as the gate found out; without a gate, a KeyError: never a guess."""
    found: Visitor = request.scope["state"]["visitor"]
    return found
