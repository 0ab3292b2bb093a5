import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recordCommand } from "../../../cli/record/command.ts";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { configMap } from "../../support/relay/change.ts";
import { bookmark, event, status } from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const SECRET = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s", namespace: "default", uid: "uid-s", resourceVersion: "14" },
  data: { password: "aHVudGVyMg==" },
};

/** The lines of each watch: existing objects, the end of the snapshot, and later changes. */
const WATCHES: Readonly<Record<string, readonly object[]>> = {
  "/api/v1/configmaps": [
    event("ADDED", configMap("before", "7")),
    bookmark("10", true),
    event("ADDED", configMap("new", "11")),
    event("ADDED", configMap("huge", "12", { data: { text: "x".repeat(1_200_000) } })),
    event("DELETED", configMap("before", "13")),
  ],
  "/api/v1/secrets": [bookmark("10", true), event("ADDED", SECRET)],
};

const DISCOVERY = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items: [
    {
      metadata: { name: "" },
      versions: [
        {
          version: "v1",
          freshness: "Current",
          resources: [
            { resource: "configmaps", responseKind: { kind: "ConfigMap" }, scope: "Namespaced" },
            { resource: "secrets", responseKind: { kind: "Secret" }, scope: "Namespaced" },
          ].map((resource) => ({ ...resource, verbs: ["list", "watch"] })),
        },
      ],
    },
  ],
};

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let written: string[];
let forbidden: boolean;

beforeEach(async () => {
  folder = temporaryFolder();
  vi.stubEnv("TMPDIR", folder.path);
  written = [];
  forbidden = false;
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://server");
    if (request.method !== "GET") written.push(`${request.method} ${pathname}`);
    response.setHeader("content-type", "application/json");
    if (searchParams.has("watch")) {
      response.statusCode = forbidden ? 403 : 200;
      if (forbidden) return response.end(JSON.stringify(status(403, "no")));
      for (const line of WATCHES[pathname] ?? []) response.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const documents: Readonly<Record<string, unknown>> = {
      "/api": DISCOVERY,
      "/apis": { ...DISCOVERY, items: [] },
      "/api/v1/namespaces/kube-system": {
        ...configMap("kube-system", "1", { uid: "cluster-uid" }),
        kind: "Namespace",
      },
    };
    const document = documents[pathname];
    response.statusCode = document === undefined ? 404 : 200;
    return response.end(JSON.stringify(document ?? status(404, "not found")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  folder[Symbol.dispose]();
});

function writeInputs(): { readonly config: string; readonly kubeconfig: string } {
  const config = join(folder.path, "pipeline.json");
  const alert = { alert: { to: "x", summary: "'s'" } };
  const toRule = (resource: string): object => ({
    id: `on-${resource}`,
    on: { resource, changes: ["added", "modified", "deleted"] },
    once: "change",
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word
    then: [alert],
  });
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "c" } };
  const rules = ["configmaps", "secrets"].map((resource) => toRule(resource));
  writeFileSync(config, JSON.stringify({ ...head, rules }));
  const kubeconfig = join(folder.path, "kubeconfig");
  const { port } = server.address() as AddressInfo;
  const cluster = { name: "c", cluster: { server: `http://127.0.0.1:${port}` } };
  const context = { name: "c", context: { cluster: "c", user: "c" } };
  const users = [{ name: "c", user: { token: "t" } }];
  const contexts = { clusters: [cluster], contexts: [context], users };
  writeFileSync(kubeconfig, JSON.stringify({ "current-context": "c", ...contexts }));
  return { config, kubeconfig };
}

function start(output: string) {
  const { config, kubeconfig } = writeInputs();
  const printed: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) =>
    Boolean(printed.push(String(chunk))),
  );
  const flags = ["--config", config, "--output", output, "--kubeconfig", kubeconfig];
  const ended = recordCommand().exitOverride().parseAsync(flags, { from: "user" });
  return { ended, printed };
}

function readChanges(output: string): readonly ChangeMessage[] {
  const lines = readFileSync(output, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => {
    const parsed = parseChangeBody(line);
    if (parsed.outcome === "refused") throw new Error(parsed.reason);
    return parsed.value;
  });
}

function countLines(output: string): number {
  try {
    return readFileSync(output, "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}

test("a recording contains what happens from its start on, as the relay would send it, and ends on Ctrl-C", async () => {
  const output = join(folder.path, "changes.jsonl");
  const { ended, printed } = start(output);
  await expect.poll(() => countLines(output), { timeout: 5000 }).toBe(4);
  process.emit("SIGINT");
  await ended;
  const changes = readChanges(output);
  const named = changes.map(({ data }) => `${data.change} ${data.object.metadata.name}`);
  expect(named.toSorted()).toEqual(["added huge", "added new", "added s", "deleted before"]);
  expect(changes[0]).toMatchObject({
    dataschema: "urn:kubemend:change:1",
    data: { cluster: { name: "c", uid: "cluster-uid" }, rules: expect.any(Object), epoch: 1 },
  });
  expect(printed.at(0)).toContain(output);
  expect(printed.at(-1)).toBe(`4 changes recorded in ${output}\n`);
});

test("the values of Secrets are not recorded", async () => {
  const output = join(folder.path, "changes.jsonl");
  const { ended } = start(output);
  await expect.poll(() => countLines(output), { timeout: 5000 }).toBe(4);
  process.emit("SIGTERM");
  await ended;
  expect(readFileSync(output, "utf8")).not.toContain(SECRET.data.password);
  const secret = readChanges(output).find(({ data }) => data.object.kind === "Secret");
  expect(secret?.data.redacted).toEqual(["data"]);
});

test("a second run is appended, the cluster is only read, and no state is left behind", async () => {
  const output = join(folder.path, "changes.jsonl");
  for (const lines of [4, 8]) {
    const { ended } = start(output);
    await expect.poll(() => countLines(output), { timeout: 5000 }).toBe(lines);
    process.emit("SIGINT");
    await ended;
  }
  expect(readChanges(output)).toHaveLength(8);
  expect(written).toEqual([]);
  expect(readdirSync(folder.path).toSorted()).toEqual([
    "changes.jsonl",
    "kubeconfig",
    "pipeline.json",
  ]);
});

test("if nothing may be watched, it ends and names the missing permission", async () => {
  forbidden = true;
  const { ended } = start(join(folder.path, "changes.jsonl"));
  await expect(ended).rejects.toMatchObject({
    code: "Forbidden",
    message: expect.stringMatching(/(configmaps|secrets).*verbs: \["list", "watch"\]/),
  });
});

test("a file that cannot be written is reported before anything is watched", async () => {
  const { ended } = start(join(folder.path, "absent", "changes.jsonl"));
  await expect(ended).rejects.toMatchObject({
    code: "Invalid",
    message: expect.stringContaining("cannot write the recording"),
  });
});
