// What a client in Go does with this platform: one conversation, its facts printed as one JSON object.
// The packages below `gen` are generated from proto/ by tests/clients/generating.py. Arguments: registry address, runner address,
// file of the API key, bundle, envelope, the extension's name and version, and the tenant to install it for.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	common "example.com/alga-extensions-client-test/gen/alga/common/v1"
	registry "example.com/alga-extensions-client-test/gen/alga/registry/v1"
	runner "example.com/alga-extensions-client-test/gen/alga/runner/v1"
)

const (
	maxMessage = 12 << 20  // of both services; gRPC's own limit is 4 MiB
	chunk      = 256 << 10 // of uploads
	bodyBytes  = 9 << 20
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func connect(address string) *grpc.ClientConn {
	sizes := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage))
	return must(grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), sizes))
}

// reason is what a program decides by: our ErrorReason from the status details, never the message.
func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if told, ok := detail.(*common.ErrorDetail); ok {
			return told.GetReason().String()
		}
	}
	return "none in " + err.Error()
}

func publish(ctx context.Context, client registry.RegistryServiceClient, bundle, envelope []byte) *registry.Version {
	upload := must(client.PublishVersion(ctx))
	sum := sha256.Sum256(bundle)
	header := &registry.PublishHeader{
		ContentHash: "sha256:" + hex.EncodeToString(sum[:]), SizeBytes: uint64(len(bundle)), Envelope: envelope,
		Visibility: registry.Visibility_VISIBILITY_PUBLIC,
	}
	must(0, upload.Send(&registry.PublishVersionRequest{Part: &registry.PublishVersionRequest_Header{Header: header}}))
	must(upload.Header()) // the go-ahead; a refusal comes here, before the bytes are sent
	for at := 0; at < len(bundle); at += chunk {
		part := bundle[at:min(at+chunk, len(bundle))]
		if err := upload.Send(&registry.PublishVersionRequest{Part: &registry.PublishVersionRequest_Chunk{Chunk: part}}); err != nil {
			break // why is what CloseAndRecv says
		}
	}
	return must(upload.CloseAndRecv()).GetVersion()
}

func readAsset(ctx context.Context, client runner.AssetServiceClient, grant *registry.Signed) (mediaType string, body []byte) {
	stream := must(client.GetAsset(ctx, &runner.GetAssetRequest{Grant: grant}))
	for {
		answer, err := stream.Recv()
		if err == io.EOF {
			return mediaType, body
		}
		if header := must(answer, err).GetHeader(); header != nil {
			mediaType = header.GetMediaType()
		}
		body = append(body, answer.GetChunk()...)
	}
}

func main() {
	arguments := os.Args[1:]
	key := strings.TrimSpace(string(must(os.ReadFile(arguments[2]))))
	bundle, envelope := must(os.ReadFile(arguments[3])), must(os.ReadFile(arguments[4]))
	name, version, tenant := arguments[5], arguments[6], arguments[7]
	atRegistry, atRunner := connect(arguments[0]), connect(arguments[1])
	defer atRegistry.Close()
	defer atRunner.Close()
	anonymous, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ctx := metadata.AppendToOutgoingContext(anonymous, "authorization", "Bearer "+key)
	installs, execute := registry.NewInstallServiceClient(atRegistry), runner.NewExecuteServiceClient(atRunner)
	facts := map[string]any{}

	published := publish(ctx, registry.NewRegistryServiceClient(atRegistry), bundle, envelope)
	facts["published"] = published.GetName() + " " + published.GetVersion()
	grantAll := &registry.CapabilityGrant{AllRequested: true}
	installed := must(installs.Install(ctx, &registry.InstallRequest{
		TenantId: tenant, Extension: name, Version: version, Capabilities: grantAll,
	}))
	facts["installed"] = installed.GetInstall().GetEnabled()
	resolved := must(installs.ResolveInstall(ctx, &registry.ResolveInstallRequest{TenantId: tenant, Extension: name}))
	call := func(url string, body []byte) *runner.ExecuteRequest {
		return &runner.ExecuteRequest{Grant: resolved.GetGrant(), Http: &runner.HttpRequest{Method: "POST", Url: url, Body: body}}
	}

	body := make([]byte, bodyBytes)
	for index := range body {
		body[index] = byte(index * 7)
	}
	answer := must(execute.Execute(ctx, call("/echo", body)))
	facts["status"], facts["echoed"] = answer.GetStatus(), len(answer.GetBody()) == len(body) && string(answer.GetBody()) == string(body)
	_, err := execute.Execute(ctx, call("/echo", make([]byte, 10<<20+1)))
	facts["too_large"] = reason(err)

	hurried, end := context.WithTimeout(ctx, 20*time.Microsecond)
	defer end()
	_, err = execute.Execute(hurried, call("/echo", nil))
	facts["deadline"] = status.Code(err).String()

	assets := must(installs.ResolveAssets(ctx, &registry.ResolveAssetsRequest{
		TenantId: tenant, Extension: name, ContentHash: published.GetContentHash(),
	}))
	mediaType, page := readAsset(ctx, runner.NewAssetServiceClient(atRunner), assets.GetGrant())
	sum := sha256.Sum256(page)
	facts["media_type"], facts["page"] = mediaType, hex.EncodeToString(sum[:])

	_, err = installs.ResolveInstall(ctx, &registry.ResolveInstallRequest{TenantId: tenant, Extension: "com.example.unknown"})
	facts["unknown"] = reason(err)
	_, err = installs.ListInstalls(anonymous, &registry.ListInstallsRequest{TenantId: tenant})
	facts["anonymous"] = reason(err)
	ops := must(runner.NewOpsServiceClient(atRunner).GetStatus(ctx, &runner.GetStatusRequest{}))
	facts["executors"] = len(ops.GetExecutors()) > 0
	must(0, json.NewEncoder(os.Stdout).Encode(facts))
}
