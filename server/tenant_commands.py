"""`tenant create` on the command line."""

import asyncio
from typing import Annotated

import typer

from server.settings import Settings, SettingsError

tenants = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tenants: the firms that share the system.")


@tenants.callback()
def _of_tenants() -> None:
    """Tenants: the firms that share the system."""


@tenants.command()
def create(
    slug: Annotated[str, typer.Argument(help="Its short name, as tokens name it, such as acme; it never changes.")],
    name: Annotated[str, typer.Option(help="Its name, as people read it.")],
    currency: Annotated[str, typer.Option(help="That of new items: three letters (ISO 4217), such as EUR.")],
    time_zone: Annotated[str, typer.Option(help="Whose days its reports count, such as Europe/Berlin.")],
    default_location: Annotated[
        str, typer.Option(help="Code of its first location, which is meant where none is named, such as MAIN.")
    ],
) -> None:
    """Make a tenant, its location and reason codes.

    The same command again changes nothing. Locations, items and stock are then its own people's, over the API.
    """
    from server.founding import create as run

    settings = Settings.of_running_system()
    try:
        made = asyncio.run(run(settings, slug, name, currency, time_zone, default_location))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"Tenant {slug} is made." if made else f"Tenant {slug} is there already, as it is told here.")
