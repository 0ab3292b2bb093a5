import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { triggerCommand } from "../../../cli/trigger/command.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import { readPipeline } from "../../../cli/input/read-pipeline.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { createFailedRun, createRun } from "../../support/functions/remediation-runs.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const PIPELINE = `
apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: test }
rules:
  - id: rerun
    on: { resource: jobs.batch }
    where: object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")
    then: [{ createJobFromCronJob: {} }]
  - id: ask
    on: { resource: jobs.batch }
    once: object
    guards: { mode: approval }
    then: [{ createJobFromCronJob: {} }, { alert: { to: team, summary: "'asked'" } }]
`;

const KEY = "0123456789abcdef0123456789abcdef";
const verify = createVerify(
  { current: async () => [KEY], reread: async () => [KEY] },
  "remediations",
);

describe("kubemend trigger on a real API server with its admission policy", () => {
  let world: RemediationWorld;
  let queues: SandboxQueues;
  let client: SQSClient;
  let folder: ReturnType<typeof temporaryFolder>;
  let written: string[];

  beforeAll(async () => {
    world = await startRemediationWorld({ admission: true });
    queues = await startQueues();
    const credentials = { accessKeyId: "any", secretAccessKey: "any" };
    client = new SQSClient({ endpoint: queues.endpoint, region: queues.region, credentials });
    await world.admin.request({
      method: "POST",
      path: "/api/v1/namespaces/kubemend/secrets",
      body: { metadata: { name: "kubemend-signing-keys" }, stringData: { keys: KEY } },
    });
    folder = temporaryFolder();
    writeFileSync(join(folder.path, "pipeline.yaml"), PIPELINE);
  });

  afterAll(async () => {
    client?.destroy();
    await queues?.stop();
    await world?.stop();
    folder?.[Symbol.dispose]();
  });

  beforeEach(() => {
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", queues.endpoint);
    vi.stubEnv("AWS_REGION", queues.region);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
    vi.stubEnv("KUBEMEND_REMEDIATIONS_QUEUE_URL", queues.queues["remediations"]);
    written = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  });

  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  /** What the function would do with the messages in the queue. */
  async function remediateAll(): Promise<number> {
    const QueueUrl = queues.queues["remediations"];
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"] }),
    );
    const pipeline = await readPipeline(join(folder.path, "pipeline.yaml"));
    for (const { Body = "", ReceiptHandle, MessageAttributes } of Messages) {
      const stringValue = MessageAttributes?.[SIGNATURE_ATTRIBUTE]?.StringValue;
      const messageAttributes = { [SIGNATURE_ATTRIBUTE]: { stringValue } };
      const run = {
        isSigned: (await verify({ body: Body, messageAttributes })) === "signed",
        holder: `test/${Math.random()}`,
        deadlineMs: Date.now() + 30_000,
        signal: new AbortController().signal,
      };
      expect(await processMessage(Body, toDeps(world, { pipeline }), run)).toEqual({
        outcome: "done",
      });
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.length;
  }

  async function trigger(...args: readonly string[]) {
    written = [];
    process.exitCode = undefined;
    const where = [
      "--config",
      join(folder.path, "pipeline.yaml"),
      "--kubeconfig",
      world.kubeconfig,
    ];
    const ended = triggerCommand()
      .exitOverride()
      .parseAsync([...args, ...where, "--json"], { from: "user" })
      .then(() => true);
    let isOver = false;
    void ended.finally(() => (isOver = true)).catch(() => {});
    while (!isOver) {
      await remediateAll();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await ended;
    const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    return { lines, name: String(lines[0]?.["name"]), last: lines.at(-1), code: process.exitCode };
  }

  it("runs a rule's action again manually, each time with a new record that shows who asked", async () => {
    const { job } = await createFailedRun(world, "by-hand");
    const object = `jobs.batch/default/${job.metadata.name}`;

    const first = await trigger("rerun", object);
    const second = await trigger("rerun", object);

    for (const { name, last, code } of [first, second]) {
      expect(last).toMatchObject({ name, phase: "Succeeded", mode: "enforce" });
      expect(code).toBeUndefined();
      expect(await findJobsOf(world, name)).toHaveLength(1);
      expect((await getRecord(world, name))?.spec.onceKey).toMatch(/^manual\/20\d\d-.*Z\/.+/);
    }
    expect(second.name).not.toBe(first.name);
  });

  it("--dry-run prints what would be done, and does nothing", async () => {
    const { job } = await createFailedRun(world, "tried");
    const { name, last, code } = await trigger(
      "rerun",
      `jobs.batch/default/${job.metadata.name}`,
      "--dry-run",
    );
    expect(last).toMatchObject({ phase: "DryRun", mode: "dryRun" });
    expect(last?.["message"]).toMatch(/^would create Job default\/tried-/);
    expect(code).toBeUndefined();
    expect(await findJobsOf(world, name)).toEqual([]);
  });

  it("is refused if the rule's condition does not hold, and exits 1", async () => {
    const { cronJob } = await createFailedRun(world, "healthy");
    const running = await createRun(world, "healthy-2", cronJob);
    const { name, last, code } = await trigger(
      "rerun",
      `jobs.batch/default/${running.metadata.name}`,
    );
    expect(last).toMatchObject({ phase: "Refused" });
    expect(code).toBe(1);
    expect(await findJobsOf(world, name)).toEqual([]);
  });

  it("does not wait for an approval, but reports that one is needed", async () => {
    const { job } = await createFailedRun(world, "asked");
    const { name, last, code } = await trigger("ask", `jobs.batch/default/${job.metadata.name}`);
    expect(last).toMatchObject({ name, phase: "AwaitingApproval" });
    expect(code).toBeUndefined();
    expect(await findJobsOf(world, name)).toEqual([]);
  });

  it("--no-wait prints the name of the future record, and a queue that is not for remediations is refused", async () => {
    const { job } = await createFailedRun(world, "later");
    const object = `jobs.batch/default/${job.metadata.name}`;
    const { name, lines } = await trigger("rerun", object, "--no-wait");
    expect(lines).toHaveLength(1);
    await remediateAll();
    expect((await getRecord(world, name))?.status?.phase).toBe("Succeeded");

    const elsewhere = queues.queues["transfers"] ?? "";
    await expect(trigger("rerun", object, "--queue-url", elsewhere)).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
  });

  it("sends no request without a signing key, because an unsigned request would be refused", async () => {
    const { job } = await createFailedRun(world, "unsigned");
    const file = join(folder.path, "no-such-key");
    const object = `jobs.batch/default/${job.metadata.name}`;
    const refused = trigger("rerun", object, "--signing-key-file", file);
    await expect(refused).rejects.toMatchObject({ code: "InvalidConfiguration" });
    expect(await remediateAll()).toBe(0);
  });

  it.each([
    ["jobs.batch/default/nowhere", "NotFound"],
    ["cronjobs.batch/default/any", "InvalidConfiguration"],
  ])("sends no request about %s", async (object, code) => {
    await expect(trigger("rerun", object)).rejects.toMatchObject({ code });
    expect(await remediateAll()).toBe(0);
  });
});
