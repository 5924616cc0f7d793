"""Between machines: TLS by setting, and nothing without it."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gen.alga.runner.v1 import execute_service_pb2 as pb
from gen.alga.runner.v1 import execute_service_pb2_grpc as pb_grpc
from kernel import status
from kernel.auth import Role, ServiceTokens
from kernel.errors import Fault, Reason
from kernel.rpc import Peer, RpcServer, TlsFiles, connect


class Service(pb_grpc.ExecuteServiceServicer):
    async def Warm(self, request: pb.WarmRequest, context: Any) -> pb.WarmResponse:
        return pb.WarmResponse(compiled=True)


def certificate(folder: Path, name: str) -> TlsFiles:
    """A self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TlsFiles(folder / f"{name}.pem", folder / f"{name}.key")
    files.cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    return files


async def warm(peer: Peer) -> bool:
    try:
        with status.remote():
            stub = pb_grpc.ExecuteServiceStub(peer.channel)
            return bool((await stub.Warm(pb.WarmRequest(), metadata=peer.metadata(), timeout=5)).compiled)
    finally:
        await peer.channel.close()


async def test_a_server_beyond_loopback_is_known_by_its_certificate(tmp_path: Path) -> None:
    files, other = certificate(tmp_path, "right"), certificate(tmp_path, "other")
    server = RpcServer(
        ServiceTokens({"token": Role.GATEWAY}), [], lambda added: pb_grpc.add_ExecuteServiceServicer_to_server(Service(), added)
    )
    (address,) = await server.start(["localhost:0"], files)
    assert await warm(connect(address, "token", files.cert))
    for peer in (connect(address, "token", other.cert), connect(address, "token")):
        with pytest.raises(Fault) as caught:
            await warm(peer)
        assert caught.value.reason is Reason.UNAVAILABLE
    await server.stop(0)


def test_settings_that_name_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        TlsFiles(tmp_path / "missing.pem", tmp_path / "missing.key").credentials()
