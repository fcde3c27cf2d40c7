"""Serving: the API over HTTP and WebSockets, by one process or several behind one port."""

import logging
import signal
import sys
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from server.app import Api, create_app
from server.listener import inherited, listen
from server.logging import configure
from server.protocols import ClosingHttp, ClosingSocket
from server.settings import Settings, SettingsError
from server.tracing import begin_tracing

logger = logging.getLogger(__name__)

STOP_SECONDS = 5


def worker() -> Api:
    """The application of one of several processes, each with settings read anew."""
    settings = Settings.of_running_system()
    configure(settings.log_level)
    begin_tracing("api")
    return create_app(settings)


def serve(settings: Settings, host: str, port: int, workers: int, descriptor: int | None = None) -> None:
    """Serve until INT or TERM, on the socket of an inherited `descriptor` if one is given.

    Raises SettingsError, StartError when it cannot begin.
    """
    if workers > 1 and not settings.redis_url:
        raise SettingsError("Several workers share changes through Redis: set REDIS_URL, or serve with one worker.")
    app = create_app(settings)
    listener = listen(host, port) if descriptor is None else inherited(descriptor)
    configure(settings.log_level)
    if workers == 1:
        begin_tracing("api")
    config = uvicorn.Config(
        app if workers == 1 else "server.serving:worker",
        factory=workers > 1,
        workers=workers,
        host=host,
        port=port,
        loop="uvloop",
        http=ClosingHttp,
        ws=ClosingSocket,
        ws_max_size=256 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here asks who a client is but by its token
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    logger.info("listening on %s port %d", host, port)
    # uvicorn raises the signal that ended it once more when all is closed: that is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        if workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            Multiprocess(config, sockets=[listener]).run()
