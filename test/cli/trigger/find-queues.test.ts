import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findQueue, findSandboxOf } from "../../../cli/trigger/find-queues.ts";
import { createClientFor, parseQueueName } from "../../../cli/redrive/open-queue.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { writeState, type SandboxState } from "../../../sandbox/state-file.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

let queues: SandboxQueues;
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(async () => {
  folder = temporaryFolder();
  queues = await startQueues();
  vi.stubEnv("XDG_CACHE_HOME", folder.path);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", queues.endpoint);
  vi.stubEnv("AWS_REGION", queues.region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await queues.stop();
  folder[Symbol.dispose]();
});

const signal = new AbortController().signal;

function toState(dataDir: string): SandboxState {
  const { endpoint, region, queues: urls } = queues;
  return {
    pid: process.pid,
    startedAt: "2026-03-01T10:00:00.000Z",
    bare: false,
    config: join(dataDir, "pipeline.yaml"),
    info: {
      kubeconfig: join(dataDir, "kubeconfig"),
      apiServer: "https://127.0.0.1:4321",
      namespace: "demo",
      sqs: { endpoint, region, queues: urls },
    },
  };
}

function runSandbox(...path: readonly string[]): SandboxState {
  const dataDir = join(folder.path, ...path);
  mkdirSync(dataDir, { recursive: true });
  const state = toState(dataDir);
  writeState(dataDir, state);
  return state;
}

const nameOf = (kind: string): string | undefined => queues.queues[kind];

async function urlFor(
  kind: "remediations" | "alerts",
  url: string | undefined,
  sandbox?: SandboxState,
): Promise<string> {
  const { client, queueUrl } = await findQueue({ kind, url, sandbox }, signal);
  client.destroy();
  return queueUrl;
}

describe("the queue of a manual run", () => {
  test("is the sandbox's own if the cluster is a sandbox, wherever its folder is", async () => {
    const server = "https://127.0.0.1:4321";
    expect(findSandboxOf(server, undefined)).toBeUndefined();
    const elsewhere = runSandbox("elsewhere");
    writeFileSync(elsewhere.info.kubeconfig, "");
    expect(findSandboxOf(server, elsewhere.info.kubeconfig)).toEqual(elsewhere);
    const cached = runSandbox("kubemend", "sandboxes", "default");
    const found = findSandboxOf(server, undefined);
    expect(found).toEqual(cached);
    expect(findSandboxOf("https://127.0.0.1:1", undefined)).toBeUndefined();
    expect(await urlFor("remediations", undefined, found)).toBe(nameOf("remediations"));
    expect(await urlFor("alerts", undefined, found)).toBe(nameOf("alerts"));
  });

  test("is found with the sandbox's own endpoint, whatever the AWS variables say", async () => {
    runSandbox("kubemend", "sandboxes", "default");
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1");
    const client = createClientFor(parseQueueName(nameOf("changesDeadLetter") ?? ""));
    expect(await client.config.region()).toBe(queues.region);
    expect((await client.config.endpoint?.())?.port).toBe(queues.port);
    client.destroy();
  });

  test("is found by the kubeconfig, if the sandbox's folder is elsewhere", async () => {
    const { info } = runSandbox("elsewhere");
    vi.stubEnv("KUBECONFIG", info.kubeconfig);
    vi.stubEnv("AWS_REGION", "eu-north-1");
    const client = createClientFor(parseQueueName(nameOf("changesDeadLetter") ?? ""));
    expect(await client.config.region()).toBe(queues.region);
    client.destroy();
  });

  test.each([
    ["remediations", "changes", /changes\.fifo is not for remediations/],
    ["remediations", "transfers", /transfers\.fifo is not for remediations/],
    ["remediations", "remediationsDeadLetter", /dead-letter\.fifo is not for remediations/],
    ["remediations", "alerts", /alerts is not for remediations/],
    ["alerts", "remediations", /remediations\.fifo is not for alerts/],
  ] as const)("for %s is not %s", async (kind, other, message) => {
    await expect(urlFor(kind, nameOf(other))).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(message),
    });
  });

  test("is checked", async () => {
    const gone = `${queues.endpoint}/000000000000/other-remediations.fifo`;
    await expect(urlFor("remediations", gone)).rejects.toMatchObject({ code: "QueueNotFound" });
    for (const text of ["remediations.fifo", "https://"]) {
      await expect(urlFor("remediations", text)).rejects.toThrow(/is not the URL of a queue/);
    }
    await expect(urlFor("remediations", undefined)).rejects.toThrow(
      /the queue is unknown: name the URL of remediations\.fifo with --queue-url/,
    );
    expect(await urlFor("remediations", nameOf("remediations"))).toBe(nameOf("remediations"));
  });

  test("of another place is refused if the cluster is a sandbox", async () => {
    const sandbox = runSandbox("kubemend", "sandboxes", "default");
    const other = "https://sqs.eu-west-1.amazonaws.com/123456789012/remediations.fifo";
    await expect(urlFor("remediations", other, sandbox)).rejects.toThrow(
      /not a queue of the sandbox/,
    );
  });
});
