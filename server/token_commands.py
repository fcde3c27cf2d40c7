"""`token` and `token revoke` on the command line."""

import asyncio
from typing import Annotated

import typer

from domain.identity import tenant_id
from server.settings import Settings, SettingsError

tokens = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@tokens.callback()
def token(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(help="The tenant's short name, such as meridian.")] = None,
    role: Annotated[str | None, typer.Option(help="admin, manager, approver, analyst, vendor or system.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Of the role vendor: the vendor, as items name it.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who acts; default: a name made from the role.")] = None,
    ttl: Annotated[int, typer.Option(help="Seconds until it expires.", min=1)] = 24 * 3600,
) -> None:
    """Print a signed token; `token revoke` ends one.

    Of a tenant and a role, for development and tests.
    """
    from server.tokens import issue

    if context.invoked_subcommand is not None:
        if tenant or role or vendor or subject:
            raise typer.BadParameter(f"give options behind `{context.invoked_subcommand}`.")
        return
    if tenant is None or role is None:
        missing = "--tenant" if tenant is None else "--role"
        raise typer.BadParameter(f"{missing} is missing: `token --tenant meridian --role analyst` prints a token.")
    settings = Settings.of_demo()
    try:
        typer.echo(issue(settings, tenant, role, vendor=vendor, subject=subject, ttl=ttl))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if settings.database_url and not asyncio.run(_may_be_there(settings.database_url, tenant)):
        typer.echo(
            f"stockcast: there is no tenant '{tenant}' in the database: "
            "this token opens nothing there until `tenant create` makes it.",
            err=True,
        )


async def _may_be_there(database_url: str, tenant: str) -> bool:
    """Whether a tenant is in the database, or nobody can tell: a token is signed without it."""
    from db.faults import DatabaseFault
    from db.pool import Database
    from db.read_models import PostgresReads

    try:
        database = await Database.connect(database_url, size=1)
        try:
            return await PostgresReads(database).catalog.tenant(tenant_id(tenant)) is not None
        finally:
            await database.close()
    except DatabaseFault:
        return True


@tokens.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="The token's id (its claim `jti`), or the token itself.")],
    tenant: Annotated[str | None, typer.Option(help="Whose token it is; without: any tenant's of that id.")] = None,
    until: Annotated[
        str | None, typer.Option(help="When it expires anyway, such as 2026-12-31T18:00:00Z; without: kept for ever.")
    ] = None,
) -> None:
    """End a token before its time, everywhere.

    Every API process refuses it, and ends what it opened, within 5 seconds.
    """
    from server.revoking import revoke as run

    try:
        typer.echo(str(asyncio.run(run(Settings.of_running_system(), token_id, tenant, until))))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
