"""The listening socket: taken once, and handed on to whoever serves."""

import errno
import socket

from server.embedded.process import StartError

#: Of what a peer does not take the kernel keeps at most so much (Linux allows itself twice as much for it), where by
#: itself it would keep megabytes. Every connection inherits it.
SEND_BUFFER_BYTES = 256 * 1024


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens: whoever connects waits until somebody serves it. Raises StartError with the remedy."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartError(_refused(host, port, error)) from error
    return _ready(listener)


def inherited(descriptor: int) -> socket.socket:
    """The socket that the process that started this one listens on. Raises StartError."""
    try:
        listener = socket.socket(fileno=descriptor)
    except OSError as error:
        raise StartError(f"Descriptor {descriptor} is no socket ({error.strerror}): name one that listens.") from error
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.close()
        raise StartError(f"Descriptor {descriptor} is a socket that does not listen: name one that does.")
    return _ready(listener)


def _ready(listener: socket.socket) -> socket.socket:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listener.set_inheritable(True)
    return listener


def _refused(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: stop it, or choose another port with PORT={_other(port)}."
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights that this user lacks: choose one above 1023 with PORT=5005."
    return f"Nobody can listen on {host} ({error.strerror}): choose another address with HOST=127.0.0.1."


def _other(port: int) -> int:
    """The next port that is free."""
    for candidate in range(port + 1, min(port + 200, 65536)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", candidate)) != 0:
                return candidate
    return 5005
