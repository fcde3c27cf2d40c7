"""Ports for servers that tests start, kill and start again, while other runs do the same on this machine."""

import socket
import sys

from server.embedded.process import free_port

_kept: list[socket.socket] = []


def kept_port() -> int:
    """A TCP port of 127.0.0.1 that the system gives to nobody else until this process ends.

    It stays bound: on Linux a server that reuses addresses, as all of ours do, may listen there all the same.
    """
    if sys.platform != "linux":
        return free_port()
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    _kept.append(keeper)
    return int(keeper.getsockname()[1])
