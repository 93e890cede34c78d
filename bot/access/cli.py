"""`huiwen users`: accounts and tokens from the console of the machine."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.access.errors import AccessError
from bot.access.passwords import check_name, check_password
from bot.access.visitor import Role

if TYPE_CHECKING:
    from bot.access.access import Access
    from bot.access.accounts import User

app = typer.Typer(no_args_is_help=True, help="Who may log in, and as what.")

_BY = "console"

Name = Annotated[str, typer.Argument(help="The user's name.")]
Label = Annotated[str, typer.Option(help="What the token is for.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = "member",
    password_stdin: FromStdin = False,
) -> None:
    """Add a user; asks for the password, which is neither shown nor given as an argument."""
    with _access() as access:
        name = check_name(name)
        if access.accounts.get(name):
            raise AccessError("name_taken", name=name)
        access.accounts.add(name, role, _password(name, password_stdin), _BY)
    typer.echo(f"{name}: {role}")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the users."""
    with _access() as access:
        users = access.accounts.all()
        labels = {user.name: [token.label for token in access.tokens.of(user)] for user in users}
    if as_json:
        shown = [{**asdict(user), "tokens": labels[user.name]} for user in users]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    typer.echo("\t".join(["name", "role", "state", "since", "API tokens"]))
    for user in users:
        state = "disabled" if user.disabled else "active"
        since = datetime.fromtimestamp(user.created).date()
        typer.echo("\t".join([user.name, user.role, state, str(since), ", ".join(labels[user.name])]))


@app.command()
def disable(name: Name) -> None:
    """Lock a user out at once; ends sessions and tokens."""
    with _access() as access:
        access.accounts.disable(name, _BY)


@app.command()
def enable(name: Name) -> None:
    """Let a disabled user log in again."""
    with _access() as access:
        access.accounts.enable(name, _BY)
        access.throttle.forgive(name)


@app.command()
def passwd(name: Name, password_stdin: FromStdin = False) -> None:
    """Change a user's password; ends the user's sessions, and a wait after too many failed logins."""
    with _access() as access:
        user = _user(access, name)
        access.accounts.set_password(user.name, _password(user.name, password_stdin), _BY)
        access.throttle.forgive(user.name)


@app.command()
def role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give a user another role."""
    with _access() as access:
        access.accounts.set_role(name, role, _BY)


@app.command()
def token(name: Name, label: Label) -> None:
    """Make an API token with the rights of a user, and print it: it is not kept and not shown again."""
    with _access() as access:
        typer.echo(access.tokens.make(_user(access, name), label, _BY))


@app.command()
def revoke(name: Name, label: Label) -> None:
    """End an API token."""
    with _access() as access:
        access.tokens.revoke(_user(access, name), label, _BY)


@contextmanager
def _access() -> Iterator["Access"]:
    from bot.access.access import Access
    from ingest.settings import Settings

    with Access(Settings()) as access:
        yield access


def _user(access: "Access", name: str) -> "User":
    user = access.accounts.get(name)
    if user is None:
        raise AccessError("unknown_user", name=name)
    return user


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True)
    else:
        raise AccessError("no_console")
    check_password(name, password)
    return password
