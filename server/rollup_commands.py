"""`rollups verify` and `rollups rebuild` on the command line."""

from typing import Annotated

import typer

from server.settings import Settings

rollups = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What reports stand on, against the ledger.")

Tenant = Annotated[str, typer.Option(help="The tenant's short name, such as meridian.")]
FromBalances = Annotated[
    bool, typer.Option("--from-balances", help="Of one SKU also give up what is kept of archived months.")
]
Sku = Annotated[str | None, typer.Option(help="One SKU; default: all of the tenant's.")]


@rollups.command("verify")
def verify(tenant: Tenant, sku: Sku = None) -> None:
    """Fold the whole ledger again and compare.

    Names the first row that is not what the ledger comes to, and what can be done; then the exit status is 1. Changes
    nothing.
    """
    from server.rollups import check

    try:
        raise typer.Exit(check(Settings.of_running_system(), tenant, sku))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@rollups.command("rebuild")
def rebuild(tenant: Tenant, sku: Sku = None, from_balances: FromBalances = False) -> None:
    """Fold the whole ledger again and keep that.

    SKU by SKU, while the system runs; what is sealed meanwhile is in it. Days of archived months stay as they are, but
    for a SKU whose rows of them are lost: with --from-balances it begins with what those months left on hand.
    """
    from server.rollups import fold_again

    try:
        fold_again(Settings.of_running_system(), tenant, sku, from_balances=from_balances)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
