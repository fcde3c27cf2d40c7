"""`audit export` on the command line."""

import asyncio
import sys
from enum import StrEnum
from typing import Annotated

import typer

from server.settings import Settings, SettingsError

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The audit log: who did what beside stock.")


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


@audit.callback()
def _of_audit() -> None:
    """The audit log: who did what beside stock."""


@audit.command()
def export(
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's short name; without: what was done for no single tenant.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="From when on, such as 2026-01-01 or 2026-01-01T08:00:00+02:00.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Until when, not included; without: until now.")] = None,
    format: Annotated[Format, typer.Option(help="One JSON object a line, or a table for spreadsheets.")] = Format.JSONL,
) -> None:
    """Print the audit log, oldest first. That it was exported is an entry too."""
    from server.audit_export import export as run

    try:
        asyncio.run(run(Settings.of_running_system(), tenant, since, until, format.value, sys.stdout))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
