"""The sample host application beside a local platform: a product whose pages open the samples, and an API for them to call.

It is told nothing but its own settings, and starts when the gateway serves. Its socket listens from the beginning, so that runners
can be told where it is.
"""

import errno
import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from cli.http import request
from cli.problem import Problem
from cli.up.layout import DataDir

SERVICE: Final = "host_app"
PASSWORD_FILE: Final = "host-app.password"  # noqa: S105 - its name
RUNNER_FILE: Final = "runner-at-host-app.token"
VENDOR_FILE: Final = "vendor.token"
_HOST: Final = "127.0.0.1"


def folder() -> Path | None:
    """The host application of a source checkout; None in an installation without one."""
    found = Path(__file__).resolve().parents[3] / "samples" / "host-app"
    return found if (found / "host_app" / "__main__.py").is_file() else None


def listen(option: str, port: int) -> socket.socket:
    """A socket of this machine alone that listens, on a free port for 0. Raises Problem that names the option."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((_HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        next_step = f"name another with {option} PORT; {option} 0 takes any free one"
        raise Problem(f"port {port} of {_HOST} {why}", next_step) from error
    return found


def url(port: int) -> str:
    """Where it is."""
    return f"http://{_HOST}:{port}"


def settings(data: DataDir, descriptor: int, gateway: str, ready_file: Path) -> dict[str, str]:
    """Its own settings, and where its code is."""
    return {
        "PYTHONPATH": str(folder()),
        "HOST_APP_LISTEN": f"fd:{descriptor}",
        "HOST_APP_READY_FILE": str(ready_file),
        "HOST_APP_GATEWAY": gateway,
        "HOST_APP_SERVICE_TOKEN_FILE": str(data.keys / "service.token"),
        "HOST_APP_PASSWORD_FILE": str(data.keys / PASSWORD_FILE),
        "HOST_APP_RUNNER_TOKEN_FILE": str(data.keys / RUNNER_FILE),
        "HOST_APP_VENDOR_TOKEN_FILE": str(data.keys / VENDOR_FILE),
    }


def of_runner(data: DataDir, port: int, own: Mapping[str, str]) -> dict[str, str]:
    """What runners know of it: they call it for extensions, which may send requests to it and nowhere else.

    A person who says something of either, in `own`, says all of it.
    """
    product = {
        "EXT_RUNNER_HOST_APP_BASE_URL": url(port),
        "EXT_RUNNER_HOST_APP_TOKEN_FILE": str(data.keys / RUNNER_FILE),
        "EXT_RUNNER_UI_PROXY_BASE_URL": url(port),
    }
    egress = {"EXT_RUNNER_EGRESS_ALLOWLIST": json.dumps([url(port)]), "EXT_RUNNER_EGRESS_NETWORKS": f"{_HOST}/32"}
    found = {} if product.keys() & own.keys() else product
    return found if {*egress, "EXT_EGRESS_ALLOWLIST"} & own.keys() else found | egress


def menu(base: str, password: str, seconds: float) -> list[str]:
    """Sign in as a browser does, and read the labels of the page's menu. Raises Problem when there is none."""
    form = [("content-type", "application/x-www-form-urlencoded"), ("origin", base)]
    entered = request(base, "/", "POST", form, urlencode({"password": password}).encode(), seconds)
    cookies = [value.partition(";")[0] for name, value in entered.headers if name == "set-cookie"]
    page = request(base, "/", "GET", [("cookie", "; ".join(cookies))], timeout=seconds).text()
    found = re.search(r'<script id="state" type="application/json">(.*?)</script>', page)
    if found is None:
        raise Problem(f"the host application answered {entered.status} to who signs in", "look into its log, host_app.log")
    return [str(item["label"]) for item in json.loads(found[1])["menu"]]
