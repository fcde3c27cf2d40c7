"""`rollups verify` and `rollups rebuild` on the command line."""

from typing import Annotated

import typer

from server.settings import Settings

rollups = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What reports stand on, against the ledger.")

Tenant = Annotated[str, typer.Option(help="The tenant's short name, such as meridian.")]
Sku = Annotated[str | None, typer.Option(help="One SKU; default: all of the tenant's.")]


@rollups.command("verify")
def verify(tenant: Tenant, sku: Sku = None) -> None:
    """Fold the whole ledger again and compare.

    Names the first row that is not what the ledger comes to; then the exit status is 1. Changes nothing.
    """
    from server.rollups import check

    try:
        raise typer.Exit(check(Settings.of_running_system(), tenant, sku))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@rollups.command("rebuild")
def rebuild(tenant: Tenant, sku: Sku = None) -> None:
    """Fold the whole ledger again and keep that.

    SKU by SKU, while the system runs; what is sealed meanwhile is in it. Days of archived months stay as they are.
    """
    from server.rollups import fold_again

    try:
        fold_again(Settings.of_running_system(), tenant, sku)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
