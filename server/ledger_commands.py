"""`verify-ledger`, `archive-ledger` and `keep-ledger` on the command line."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.settings import Settings, SettingsError

ledger = typer.Typer(rich_markup_mode=None)


@ledger.command("verify-ledger")
def verify_ledger(
    tenant: Annotated[str | None, typer.Option(help="The tenant's short name; default: all tenants.")] = None,
) -> None:
    """Walk every link of the sealed ledger.

    Names the first entry that is not as it was sealed; then the exit status is 1. Only with LEDGER_HEAD_FILE, the
    file that a worker keeps outside the database, and LEDGER_KEY_FILE, its key or the public half of that, does it
    also find that the end of a chain was cut off or all of it rewritten.
    """
    from server.verify_ledger import UnknownTenant, verify

    try:
        raise typer.Exit(verify(Settings.of_running_system(), tenant))
    except UnknownTenant as error:
        raise typer.BadParameter(str(error)) from error


@ledger.command("archive-ledger")
def archive_ledger(
    before: Annotated[str, typer.Option(help="A month such as 2025-01; all that was recorded before it.")],
    to: Annotated[Path, typer.Option(help="The directory of the archives, a file for each tenant and month.")],
) -> None:
    """Write old months of the ledger to files and drop them.

    As the ledger's owner (MIGRATION_DATABASE_URL); balances and chain go on.
    """
    from db.ledger_archives import ArchiveRefused
    from server.archive_ledger import archive

    try:
        archive(Settings.of_running_system(), before, to)
    except SettingsError:
        raise
    except ArchiveRefused as refused:
        sys.stdout.flush()
        typer.echo(f"stockcast: {refused}", err=True)
        raise typer.Exit(1) from refused
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--before") from error


@ledger.command("keep-ledger")
def keep_ledger(
    tenant: Annotated[str, typer.Option(help="The tenant's short name, such as meridian.")],
    months: Annotated[
        str | None,
        typer.Argument(help="12 or more, or `forever`; without: show what holds now.", show_default=False),
    ] = None,
) -> None:
    """Set for how long a tenant keeps its ledger entries.

    Then `archive-ledger` may take them. Prints what holds now.
    """
    from server.archive_ledger import keep_for

    try:
        typer.echo(asyncio.run(keep_for(Settings.of_running_system(), tenant, months)))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
