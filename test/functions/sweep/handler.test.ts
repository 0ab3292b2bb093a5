import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { captureLines, toContext } from "../../adapters/lambda/invocation.ts";

let folder: string;
let server: Server;
let asked: string[];
type Answer = { readonly status: number; readonly body: unknown };

let answer: Answer;
/** The answers to lists of these resources, which are not the usual one. */
let answers: Record<string, Answer>;

/** An API server that answers every request alike, but for these lists. */
beforeEach(async () => {
  asked = [];
  answers = {};
  answer = { status: 200, body: { metadata: { resourceVersion: "1" }, items: [] } };
  server = createServer((request, response) => {
    const path = `${request.url?.split("?")[0]}`;
    asked.push(`${request.method} ${path}`);
    const { status, body } = answers[path.split("/").at(-1) ?? ""] ?? answer;
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  folder = mkdtempSync(join(tmpdir(), "kubemend-sweep-"));
  vi.stubEnv("KUBECONFIG", writeKubeconfig((server.address() as AddressInfo).port));
  vi.stubEnv("KUBEMEND_WAKEUPS_QUEUE_URL", "http://127.0.0.1:1/0/wakeups");
  vi.stubEnv("KUBEMEND_TRANSFERS_QUEUE_URL", "http://127.0.0.1:1/0/transfers.fifo");
  vi.stubEnv("KUBEMEND_PIPELINE", join(folder, "pipeline.json"));
  writeFileSync(join(folder, "pipeline.json"), "{}");
  vi.stubEnv("KUBEMEND_RECORD_NAMESPACE", "records");
  vi.stubEnv("KUBEMEND_RELAY_LEASE", "off");
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function writeKubeconfig(port: number): string {
  const path = join(folder, "kubeconfig");
  const clusters = [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }];
  const contexts = [{ name: "c", context: { cluster: "c", user: "c" } }];
  const users = [{ name: "c", user: { token: "t" } }];
  writeFileSync(path, JSON.stringify({ "current-context": "c", clusters, contexts, users }));
  return path;
}

it("lists the records of its namespace, returns the report, and counts it", async () => {
  const { handler } = await import("../../../functions/sweep/handler.ts");
  const { value, lines } = await captureLines(() => handler({}, toContext()));
  const done = { records: 0, woken: 0, compacted: 0, deleted: 0, left: 0, problems: [] };
  expect(value).toEqual(done);
  const list = "GET /apis/kubemend.dev/v1alpha1/namespaces/records/remediations";
  const groups = "GET /apis/kubemend.dev/v1alpha1/namespaces/records/alertgroups";
  const silences = "GET /apis/kubemend.dev/v1alpha1/namespaces/records/silences";
  const guards = "GET /apis/kubemend.dev/v1alpha1/namespaces/records/ruleguards";
  expect(asked).toEqual([guards, groups, silences, list, list]);
  expect(lines).toContainEqual(
    expect.objectContaining({ Records: 0, Woken: 0, Compacted: 0, Deleted: 0, Left: 0 }),
  );
});

it("fails if the records cannot be listed, so that the failure is seen", async () => {
  answer = { status: 403, body: { kind: "Status", reason: "Forbidden", message: "no" } };
  const { handler } = await import("../../../functions/sweep/handler.ts");
  await expect(handler({}, toContext())).rejects.toMatchObject({ code: "Forbidden" });
});

it("does not start without the URL of its queue, and names the variable", async () => {
  vi.stubEnv("KUBEMEND_WAKEUPS_QUEUE_URL", undefined);
  await expect(import("../../../functions/sweep/handler.ts")).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: expect.stringContaining("KUBEMEND_WAKEUPS_QUEUE_URL") as string,
  });
});

it("counts a silent relay, whose Lease it reads twice", async () => {
  vi.stubEnv("KUBEMEND_RELAY_LEASE", "relays/leader");
  vi.doMock("node:timers/promises", () => ({ setTimeout: async () => undefined }));
  const { handler } = await import("../../../functions/sweep/handler.ts");
  const { lines } = await captureLines(() => handler({}, toContext()));
  vi.doUnmock("node:timers/promises");
  const read = "GET /apis/coordination.k8s.io/v1/namespaces/relays/leases/leader";
  expect(asked.filter((request) => request === read)).toHaveLength(2);
  expect(lines).toContainEqual(expect.objectContaining({ RelaySilent: 1 }));
});

it("does not start with a Lease that has no namespace, and names the variable", async () => {
  vi.stubEnv("KUBEMEND_RELAY_LEASE", "leader");
  await expect(import("../../../functions/sweep/handler.ts")).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: expect.stringContaining("KUBEMEND_RELAY_LEASE: expected NAMESPACE/NAME") as string,
  });
});

/** A pipeline that lets functions carry Moves out, to a cluster that is not asked here. */
function writePipeline(): void {
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "eu", access: { kubeconfig: join(folder, "eu") } }],
    watch: [{ resource: "pods" }],
    moves: [{ to: ["eu"], resources: ["configmaps"] }],
  };
  writeFileSync(join(folder, "pipeline.json"), JSON.stringify(document));
}

const NAMESPACE = {
  status: 200,
  body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "u" } },
};

it.each([
  ["the right to list them is missing", 403, "Forbidden"],
  ["their definition is not installed", 404, "NotFound"],
])("counts that it could not look at the Moves if %s", async (_why, status, reason) => {
  writePipeline();
  answers = {
    "kube-system": NAMESPACE,
    moves: { status, body: { kind: "Status", reason, message: "no" } },
  };
  const { handler } = await import("../../../functions/sweep/handler.ts");
  const { lines } = await captureLines(() => handler({}, toContext()));
  expect(lines).toContainEqual(expect.objectContaining({ MovesUnread: 1, Records: 0 }));
});

it("counts no Moves that it could not look at if there are none", async () => {
  writePipeline();
  answers = { "kube-system": NAMESPACE };
  const { handler } = await import("../../../functions/sweep/handler.ts");
  const { lines } = await captureLines(() => handler({}, toContext()));
  expect(lines).toContainEqual(expect.objectContaining({ Moves: 0, MovesWithProblem: 0 }));
  expect(lines).not.toContainEqual(expect.objectContaining({ MovesUnread: 1 }));
});
