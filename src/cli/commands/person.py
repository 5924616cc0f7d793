"""The options of `api-key create` that name a person."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.problem import Problem
from kernel.user import INTERNAL, User


def _option(name: str, text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, help=text, show_default=False)
    return option


UserId = Annotated[str, _option("--user-id", "The key is this person's: the host application's id.")]
UserEmail = Annotated[str, _option("--user-email", "The person's e-mail address.")]
UserName = Annotated[str, _option("--user-name", "The person's name.")]
UserType = Annotated[str, typer.Option("--user-type", help="internal, or client for people of a client company.")]
ClientName = Annotated[str, _option("--client-name", "The client company's name, or the tenant's for internal people.")]
ClientId = Annotated[str, _option("--client-id", "The client company's id.")]
UserFields = Annotated[list[str] | None, _option("--user-field", "Further field of the person, NAME=VALUE; may be repeated.")]


def person(user_id: str, email: str, name: str, type_: str, client_name: str, client_id: str, fields: Sequence[str]) -> User | None:
    """The person, if the options name one. Raises Problem for options without --user-id and for a field without `=`."""
    if not user_id:
        if email or name or client_name or client_id or fields or type_ != INTERNAL:
            raise Problem("a person needs an id", "name it with --user-id", ExitCode.USAGE)
        return None
    found = {}
    for field in fields:
        key, mark, value = field.partition("=")
        if not mark:
            raise Problem(f"--user-field {field!r} has no '='", "write it as NAME=VALUE", ExitCode.USAGE)
        found[key] = value
    return User(user_id, email, name, type_, client_name, client_id or None, tuple(sorted(found.items())))
