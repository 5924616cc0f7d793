"""`wasi:sockets`: access is denied. Nobody gets a socket, so its methods are there for linking only."""

from typing import Final

from runner.engine.values import Enum, Err
from runner.engine.wasi.base import Function, Interface, Owned, Resource, methods, refused
from runner.engine.wasi.running import Network, Running

_BUFFERS: Final = ("receive-buffer-size", "set-receive-buffer-size", "send-buffer-size", "set-send-buffer-size")
_SOCKET: Final = ("start-bind", "finish-bind", "local-address", "remote-address", "address-family", "subscribe", *_BUFFERS)
_TCP: Final = (
    *("start-connect", "finish-connect", "start-listen", "finish-listen", "accept", "is-listening", "set-listen-backlog-size"),
    *("keep-alive-enabled", "set-keep-alive-enabled", "keep-alive-idle-time", "set-keep-alive-idle-time"),
    *("keep-alive-interval", "set-keep-alive-interval", "keep-alive-count", "set-keep-alive-count"),
    *("hop-limit", "set-hop-limit", "shutdown"),
)
_UDP: Final = ("stream", "unicast-hop-limit", "set-unicast-hop-limit")


def _denied(_call: Running, *_arguments: object) -> Err:
    return Err(Enum("access-denied"))


INTERFACES: Final = (
    Interface(
        "wasi:sockets/network",
        (Function("network-error-code", 1, lambda _call, _error: None),),
        (Resource.NETWORK,),
    ),
    Interface(
        "wasi:sockets/instance-network",
        (Function("instance-network", 0, lambda _call: Owned(Resource.NETWORK, Network())),),
    ),
    Interface("wasi:sockets/tcp", refused(*methods(Resource.TCP_SOCKET, (*_SOCKET, *_TCP))), (Resource.TCP_SOCKET,)),
    Interface("wasi:sockets/tcp-create-socket", (Function("create-tcp-socket", 1, _denied),)),
    Interface(
        "wasi:sockets/udp",
        (
            *refused(*methods(Resource.UDP_SOCKET, (*_SOCKET, *_UDP))),
            *refused(*methods(Resource.INCOMING_DATAGRAM_STREAM, ["receive", "subscribe"])),
            *refused(*methods(Resource.OUTGOING_DATAGRAM_STREAM, ["check-send", "send", "subscribe"])),
        ),
        (Resource.UDP_SOCKET, Resource.INCOMING_DATAGRAM_STREAM, Resource.OUTGOING_DATAGRAM_STREAM),
    ),
    Interface("wasi:sockets/udp-create-socket", (Function("create-udp-socket", 1, _denied),)),
    Interface(
        "wasi:sockets/ip-name-lookup",
        (
            Function("resolve-addresses", 2, _denied),
            *refused(*methods(Resource.RESOLVE_ADDRESS_STREAM, ["resolve-next-address", "subscribe"])),
        ),
        (Resource.RESOLVE_ADDRESS_STREAM,),
    ),
)
