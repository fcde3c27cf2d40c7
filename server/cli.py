"""The command line: each part of the system as a process of its own. A command imports what it runs when it runs."""

import asyncio
import re
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from server.audit_commands import audit
from server.embedded.process import StartError
from server.ledger_commands import ledger
from server.memory import collect_less_often
from server.rollup_commands import rollups
from server.settings import Settings, SettingsError
from server.tenant_commands import tenants
from server.token_commands import tokens

app = typer.Typer(
    name="stockcast",
    help="Live inventory over GraphQL. Without addresses in the environment, commands use the demo that "
    "`make run` keeps in DATA_DIR.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(tokens, name="token")
app.add_typer(audit, name="audit")
app.add_typer(tenants, name="tenant")
app.add_typer(ledger)
app.add_typer(rollups, name="rollups")


def _until_stopped(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end, or until INT or TERM; a second signal is not waited for."""

    async def watched() -> Any:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _cancel_once, loop, number, task)
        return await task

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        return None


def _cancel_once(loop: asyncio.AbstractEventLoop, number: int, task: "asyncio.Future[Any]") -> None:
    task.cancel()
    loop.remove_signal_handler(number)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="TCP port; default: PORT, else 5005.", min=1, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: HOST, else 127.0.0.1.")] = None,
    workers: Annotated[int, typer.Option(help="API processes that share the port.", min=1, max=256)] = 1,
    fd: Annotated[int | None, typer.Option(help="A socket to listen on, inherited; then no port is taken.")] = None,
) -> None:
    """Run the API: GraphQL, by path, health and metrics.

    GraphQL over HTTP, WebSocket and SSE. Without REDIS_URL one process is the whole system: it relays its changes
    itself, to its own subscribers alone.
    """
    from server.authentication import refuse_the_demos_key
    from server.serving import serve as run

    settings = Settings.of_running_system()
    refuse_the_demos_key(settings)
    run(settings, host or settings.host, port or settings.port, workers, fd)


@app.command()
def relay() -> None:
    """Run the relay: committed events to Kafka or Redis.

    From the outbox to Kafka, or straight to the broadcast log on Redis where there is no Kafka.
    """
    from server.processes import run_relay

    settings = Settings.of_running_system()
    if settings.kafka_bootstrap_servers is None:
        settings = Settings.of_running_system("REDIS_URL")
    _until_stopped(run_relay(settings))


@app.command()
def bridge() -> None:
    """Run the bridge: events from Kafka to Redis.

    There lies the broadcast log that API processes read. Without Kafka the relay feeds it, and no bridge is needed.
    """
    from server.processes import run_bridge

    settings = Settings.of_running_system("REDIS_URL")
    if settings.kafka_bootstrap_servers is None:
        raise SettingsError(
            "The bridge reads from Kafka: set KAFKA_BOOTSTRAP_SERVERS=host:port. "
            "Without Kafka the relay feeds the broadcast log, and no bridge is needed."
        )
    _until_stopped(run_bridge(settings))


@app.command()
def consume() -> None:
    """Run a consumer: events of others on Kafka change stock.

    What orders, payments and the warehouse tell on the topics of CONSUMED_TOPICS.
    """
    from server.consuming import run_consumers

    settings = Settings.of_running_system()
    if settings.kafka_bootstrap_servers is None:
        raise SettingsError("Consumers read from Kafka: set KAFKA_BOOTSTRAP_SERVERS=host:port.")
    if not settings.consumed_topics:
        raise SettingsError(
            "CONSUMED_TOPICS is not set: name the topics to read, with their events and the tenant they belong to, "
            "such as CONSUMED_TOPICS='orders.v1=OrderCreated|OrderCancelled;tenant=acme, payments.v1'. "
            "docs/running.md tells more."
        )
    _until_stopped(run_consumers(settings))


@app.command()
def worker() -> None:
    """Run a worker: what falls due, seals, webhooks.

    Ends reservations, serves who waits for stock, ends requests that nobody decides, opens alerts of what does not
    move, deletes what is kept for a time, seals the ledger. With WEBHOOK_KEY_FILE it sends to webhooks. As the
    ledger's owner (MIGRATION_DATABASE_URL) it also makes the ledger's months ahead; with LEDGER_HEAD_FILE and
    LEDGER_KEY_FILE it keeps the ends of the sealed chains, signed, outside the database, without which a chain that was
    rewritten as a whole is not found.
    """
    from server.worker import run_worker

    _until_stopped(run_worker(Settings.of_running_system()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema.

    As its owner (MIGRATION_DATABASE_URL).
    """
    from db.migrations import migrate as run

    settings = Settings.of_running_system()
    if not settings.migration_database_url:
        raise SettingsError(
            "MIGRATION_DATABASE_URL is not set: migrations run as the owner of the database, not as DATABASE_URL."
        )
    run(settings.migration_database_url, settings.database_url)
    typer.echo("The database has the newest schema.")


@app.command()
def seed() -> None:
    """Fill a database with the demo's two tenants.

    With 90 days of history. Those that are there already stay as they are.
    """
    from server.demo.progress import Plain
    from server.demo.seed import seed as run

    sown = asyncio.run(run(Settings.of_running_system(), Plain().progress))
    typer.echo("The demo's tenants are sown." if sown else "Nothing to do: the demo's tenants are there already.")


@app.command()
def simulate() -> None:
    """Keep the demo's stock moving until Ctrl-C.

    With orders, receipts, returns, a product running low.
    """
    from server.demo.simulator import simulate as run

    _until_stopped(run(Settings.of_running_system()))


@app.command()
def replay(
    file: Annotated[Path | None, typer.Argument(help="The sales file, .csv or .csv.gz.", show_default=False)] = None,
    speed: Annotated[str, typer.Option(help="`max`, or how many times faster than life, such as 3600.")] = "max",
) -> None:
    """Play a file of real sales through a running system.

    Without FILE, say which file is wanted.
    """
    from server.replay.run import replay as run

    if speed != "max" and not (re.fullmatch(r"\d{1,9}(\.\d{1,9})?", speed, re.ASCII) and float(speed) > 0):
        raise typer.BadParameter(f"`max` or a number above 0, such as 3600, not {speed!r}.", param_hint="--speed")
    raise typer.Exit(_until_stopped(run(Settings.of_running_system(), file, speed)) or 0)


@app.command()
def ttl(
    tenant: Annotated[str, typer.Option(help="The tenant's short name, such as meridian.")],
    channel: Annotated[str | None, typer.Option(help="Only for orders of this channel; default: all others.")] = None,
    seconds: Annotated[
        str | None,
        typer.Argument(
            help="1 to 2678400 (31 days); `default`: the channel's are cleared; without: show what holds now.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set for how long a tenant's reservations hold.

    Unless an order says so itself. Prints what holds now.
    """
    from server.ttl import hold

    try:
        held = asyncio.run(hold(Settings.of_running_system(), tenant, channel, seconds))
    except SettingsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    for name, holds in held.items():
        typer.echo(f"{name}: {holds} s")


@app.command()
def schema() -> None:
    """Write the contract's files from the code.

    They are schema.graphql, persisted-documents.json, access.json, openapi.json, asyncapi.json and client/ in
    frontend-contract, and docs/roles.md.
    """
    from server.contract import export

    export()


@app.command()
def doctor() -> None:
    """Check what `make run` and `make test` need.

    Says how to mend what is missing.
    """
    from server.doctor import examine

    raise typer.Exit(examine(Settings.from_environment()))


@app.command()
def reset() -> None:
    """Remove what the demo keeps in DATA_DIR.

    The next start begins afresh.
    """
    from server.demo.workplace import reset as run

    directory = Settings.from_environment().data_dir
    typer.echo(f"The demo's data in {directory} is gone." if run(directory) else "There was nothing to remove.")


@app.command()
def demo() -> None:
    """Start everything, as `make run` does; Ctrl-C ends all.

    Servers, data, API, relay, bridge, worker, simulator.
    """
    from server.demo.stack import run

    raise typer.Exit(run(Settings.from_environment(demo=True)))


def main() -> None:
    """The entry point: what the user can mend is told in one sentence, without a traceback."""
    collect_less_often()
    try:
        app()
    except (SettingsError, StartError) as error:
        _tell(error)
    except Exception as error:
        from db.faults import DatabaseFault

        if not isinstance(error, DatabaseFault):
            raise
        _tell(error)


def _tell(error: Exception) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(f"stockcast: {error}\n")
    raise SystemExit(2 if isinstance(error, SettingsError) else 1)


if __name__ == "__main__":
    main()
