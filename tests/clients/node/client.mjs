// What a client in Node.js does with this platform: one conversation, its facts printed as one JSON object. The same as go/main.go.
// Arguments: folder of the protos, registry address, runner address, file of the API key, bundle, envelope, the extension's name and
// version, and the tenant to install it for.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const MAX_MESSAGE = 12 << 20; // of both services; gRPC's own limit is 4 MiB
const CHUNK = 256 << 10; // of uploads
const [protos, registryAddress, runnerAddress, keyFile, bundleFile, envelopeFile, name, version, tenant] = process.argv.slice(2);

const files = ["registry/v1/registry_service", "registry/v1/install_service", "runner/v1/execute_service", "runner/v1/asset_service",
  "runner/v1/ops_service", "common/v1/errors"].map((file) => `alga/${file}.proto`);
const definition = protoLoader.loadSync(files, { includeDirs: [protos], keepCase: true, longs: Number, enums: String, oneofs: true });
const { alga } = grpc.loadPackageDefinition(definition);
const { registry: { v1: registry }, runner: { v1: runner } } = alga;
const ErrorDetail = definition["alga.common.v1.ErrorDetail"];
// google.rpc.Status, whose `details` hold our ErrorDetail; gRPC sends it as this trailer.
const statusProto = protoLoader.fromJSON({ nested: { Status: { fields: {
  code: { type: "int32", id: 1 }, message: { type: "string", id: 2 }, details: { rule: "repeated", type: "Any", id: 3 },
} }, Any: { fields: { type_url: { type: "string", id: 1 }, value: { type: "bytes", id: 2 } } } } }, { keepCase: true });

// What a program decides by: our ErrorReason from the status details, never the message.
function reason(error) {
  for (const trailer of error.metadata?.get("grpc-status-details-bin") ?? []) {
    for (const detail of statusProto.Status.deserialize(trailer).details) {
      if (detail.type_url.endsWith("/alga.common.v1.ErrorDetail")) return ErrorDetail.deserialize(detail.value).reason;
    }
  }
  return `none in ${error}`;
}

const options = { "grpc.max_receive_message_length": MAX_MESSAGE, "grpc.max_send_message_length": MAX_MESSAGE };
const open = (Service, address) => new Service(address, grpc.credentials.createInsecure(), options);
const bearer = new grpc.Metadata();
bearer.set("authorization", `Bearer ${readFileSync(keyFile, "utf8").trim()}`);
const within = (milliseconds) => ({ deadline: Date.now() + milliseconds });

const ask = (client, method, request, { metadata = bearer, wait = 60_000 } = {}) =>
  new Promise((resolve, reject) =>
    client[method](request, metadata, within(wait), (error, answer) => (error ? reject(error) : resolve(answer))));
const failure = async (asked) => {
  try {
    await asked;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
};

async function publish(client, bundle, envelope) {
  let call;
  const answered = new Promise((resolve, reject) => {
    call = client.PublishVersion(bearer, within(120_000), (error, answer) => (error ? reject(error) : resolve(answer)));
  });
  const content_hash = `sha256:${createHash("sha256").update(bundle).digest("hex")}`;
  call.write({ header: { content_hash, size_bytes: bundle.length, envelope, visibility: "VISIBILITY_PUBLIC" } });
  await Promise.race([once(call, "metadata"), answered]); // the go-ahead; a refusal comes here, before the bytes are sent
  for (let at = 0; at < bundle.length; at += CHUNK) {
    if (!call.write({ chunk: bundle.subarray(at, at + CHUNK) })) await once(call, "drain");
  }
  call.end();
  return (await answered).version;
}

async function readAsset(client, grant) {
  let header;
  const chunks = [];
  for await (const answer of client.GetAsset({ grant }, bearer, within(60_000))) {
    if (answer.part === "header") header = answer.header;
    else chunks.push(answer.chunk);
  }
  return { header, body: Buffer.concat(chunks) };
}

const [bundle, envelope] = [readFileSync(bundleFile), readFileSync(envelopeFile)];
const installs = open(registry.InstallService, registryAddress);
const execute = open(runner.ExecuteService, runnerAddress);
const facts = {};

const published = await publish(open(registry.RegistryService, registryAddress), bundle, envelope);
facts.published = `${published.name} ${published.version}`;
const installed = await ask(installs, "Install", { tenant_id: tenant, extension: name, version, capabilities: { all_requested: true } });
facts.installed = installed.install.enabled;
const { grant } = await ask(installs, "ResolveInstall", { tenant_id: tenant, extension: name });
const call = (body, options) => ask(execute, "Execute", { grant, http: { method: "POST", url: "/echo", body } }, options);

const body = Buffer.alloc(9 << 20, Uint8Array.from({ length: 256 }, (_, index) => index * 7));
const answer = await call(body);
facts.status = answer.status;
facts.echoed = body.equals(answer.body);
facts.too_large = reason(await failure(call(Buffer.alloc((10 << 20) + 1))));
facts.deadline = grpc.status[(await failure(call(undefined, { wait: -1 }))).code];

const assets = await ask(installs, "ResolveAssets", { tenant_id: tenant, extension: name, content_hash: published.content_hash });
const page = await readAsset(open(runner.AssetService, runnerAddress), assets.grant);
facts.media_type = page.header.media_type;
facts.page = createHash("sha256").update(page.body).digest("hex");

facts.unknown = reason(await failure(ask(installs, "ResolveInstall", { tenant_id: tenant, extension: "com.example.unknown" })));
facts.anonymous = reason(await failure(ask(installs, "ListInstalls", { tenant_id: tenant }, { metadata: new grpc.Metadata() })));
facts.executors = (await ask(open(runner.OpsService, runnerAddress), "GetStatus", {})).executors.length > 0;
console.log(JSON.stringify(facts));
process.exit(0); // its channels would stay open
