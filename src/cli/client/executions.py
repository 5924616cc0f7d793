"""What installs did and used, over `alga.registry.v1.ExecutionLogService`. Each method raises Fault with what the rpc documents."""

from cli.client.calls import PAGE, Calls
from cli.client.convert import record, records
from cli.output import Record
from gen.alga.registry.v1 import execution_log_service_pb2, execution_log_service_pb2_grpc
from kernel.rpc import Peer


class Executions(Calls):
    """The execution log. `install` names one by its id, or by the extension's id or name."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = execution_log_service_pb2_grpc.ExecutionLogServiceStub(peer.channel)

    async def latest(self, tenant: str, install: str, most: int) -> list[Record]:
        """The newest calls of an install, at most so many."""
        request = execution_log_service_pb2.ListExecutionsRequest(tenant_id=tenant, install=install)
        found: list[Record] = []
        while len(found) < most:
            request.page_size = min(PAGE, most - len(found))
            answer = await self._ask(self._stub.ListExecutions, request)
            found += records(answer.executions)
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        return found

    async def get(self, tenant: str, install: str, execution: str) -> Record:
        """One call with its lines, by its id or its request id."""
        request = execution_log_service_pb2.GetExecutionRequest(tenant_id=tenant, install=install, execution=execution)
        answer = await self._ask(self._stub.GetExecution, request)
        return record(answer.execution)

    async def usage(self, tenant: str, install: str, days: int) -> list[Record]:
        """What the calls of the last days used, newest day first."""
        request = execution_log_service_pb2.GetUsageRequest(tenant_id=tenant, install=install, days=days)
        answer = await self._ask(self._stub.GetUsage, request)
        return records(answer.days)
