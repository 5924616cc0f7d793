"""What a tenant's admin would set for the sample `agreements`: where its vendor is, and the token that it is called with."""

from typing import Final

from cli.client.registry import RegistryClient
from cli.output import Record, note
from cli.session import read_key_file
from cli.up.host_app import VENDOR_FILE
from cli.up.layout import DataDir

AGREEMENTS: Final = "com.example.agreements"
_SECRET: Final = "vendor_token"  # noqa: S105 - its name


async def set_up(client: RegistryClient, tenant: str, version: Record, product: str, data: DataDir) -> None:
    """Set it for the tenant's install of that sample, as far as it is not set. Raises Fault."""
    name = version["name"]
    if name != AGREEMENTS:
        return
    if not any(destination.startswith(f"{product}/") for destination in version["egress"]):
        note(f"warning: the manifest of {name} lets it call nobody at {product}: it synchronises nothing")
        return
    configuration = {"vendor_url": f"{product}/vendor"}
    credential = {"origin": product, "header": "authorization", "prefix": "Bearer ", "secret": _SECRET}
    install = await client.installs.get(tenant, name)
    if not configuration.items() <= install["configuration"].items():
        await client.installs.configure(tenant, name, lambda before: before | configuration)
    if credential not in install["credentials"]:
        await client.secrets.set(tenant, name, _SECRET, read_key_file(data.keys / VENDOR_FILE), None)
        others = [one for one in install["credentials"] if one["secret"] != _SECRET]
        await client.installs.credentials(tenant, name, lambda _: [*others, credential])
