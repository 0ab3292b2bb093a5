import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createReadAws, type ReadAws } from "../../../cli/doctor/aws.ts";
import { checkFunctions } from "../../../cli/doctor/check-functions.ts";
import { checkReceivers } from "../../../cli/doctor/check-receivers.ts";
import { checkQueues, checkRoundTrip } from "../../../cli/doctor/check-queues.ts";
import { readStackDigest } from "../../../cli/doctor/read-stack.ts";
import {
  openAwsQueues,
  type Attributes,
  type QueueSource,
} from "../../../cli/doctor/queue-source.ts";
import { ok, refuse } from "../../../core/result.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { parseWakeupMessage } from "../../../events/wakeup.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readQueueSettings } from "../../../sandbox/queues/queue-settings.ts";
import { readFunctionSettings } from "../../../sandbox/runtime/function-settings.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands, type RecordedCommands } from "../setup/record-commands.ts";

const root = findProjectRoot();
const signal = AbortSignal.timeout(60_000);
const STAGE = { region: "eu-central-1", profile: "ops" };

describe("the AWS command line", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let commands: RecordedCommands;
  beforeEach(() => {
    folder = temporaryFolder();
    commands = recordCommands(folder.path, ["aws"]);
    vi.stubEnv("PATH", commands.environment["PATH"]);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    folder[Symbol.dispose]();
  });

  it("is asked in the stage's region, with its profile", async () => {
    commands.answer("get-queue-url", '{"QueueUrl":"https://q.invalid/1"}');
    const read = await createReadAws(STAGE, signal)(["sqs", "get-queue-url", "--queue-name", "q"]);
    expect(read).toEqual(ok({ QueueUrl: "https://q.invalid/1" }));
    expect(commands.ran()).toEqual([
      "aws sqs get-queue-url --queue-name q --region eu-central-1 --output json --profile ops",
    ]);
  });

  it("may fail, or not be there", async () => {
    commands.answer("get-queue-url", "", 254);
    const aws = createReadAws(STAGE, signal);
    expect(await aws(["sqs", "get-queue-url"])).toMatchObject({ error: { isDenied: false } });
    vi.stubEnv("PATH", folder.path);
    expect(await aws(["sqs", "get-queue-url"])).toEqual(
      refuse({ isDenied: true, reason: "the AWS command line is not installed" }),
    );
  });
});

const POLICY = JSON.stringify({
  Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::1:role/relay" }, Action: "sqs:SendMessage" },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});

/** Queues as they are deployed, some attributes of one of them changed. */
function queuesWith(name: string, changed: Partial<Attributes>): QueueSource {
  return {
    isAws: true,
    async read(queue) {
      const settings = readQueueSettings(root).find((one) => one.name === queue.name);
      const healthy = { ...settings?.attributes, SqsManagedSseEnabled: "true", Policy: POLICY };
      return ok({ ...healthy, ...(queue.name === name ? changed : {}) });
    },
    send: async () => ok({}),
  };
}

describe("queues", () => {
  it("pass as they are deployed", async () => {
    const findings = await checkQueues(queuesWith("", {}), root)(signal);
    expect(findings.map(({ outcome }) => outcome)).toEqual(Array(10).fill("ok"));
  });

  it.each([
    ["changes.fifo", { VisibilityTimeout: "30" }, /VisibilityTimeout is 30 instead of 360/],
    ["changes.fifo", { RedrivePolicy: undefined }, /maxReceiveCount is not set instead of 60/],
    ["alerts", { SqsManagedSseEnabled: "false" }, /not encrypted/],
    ["wakeups", { Policy: undefined }, /does not deny requests without TLS/],
    [
      "changes.fifo",
      { Policy: POLICY.replace("arn:aws:iam::1:role/relay", "*") },
      /allows everybody/,
    ],
    ["alerts-dead-letter", { ApproximateNumberOfMessages: "3" }, /^3 dead letters$/],
  ])("%s fails with %j", async (name, changed, message) => {
    const findings = await checkQueues(queuesWith(name, changed), root)(signal);
    const failures = findings.filter(({ outcome }) => outcome === "failed");
    expect(failures).toMatchObject([
      { check: `queue ${name}`, message: expect.stringMatching(message) },
    ]);
    expect(failures[0]?.fix).toBeDefined();
  });

  it("are skipped if AWS does not let us look", async () => {
    const aws: ReadAws = async () => refuse({ isDenied: true, reason: "AccessDenied" });
    const findings = await checkQueues(openAwsQueues(aws, "kubemend-prod"), root)(signal);
    expect(findings.map(({ outcome }) => outcome)).toEqual(Array(10).fill("skipped"));
  });

  it("the test message is a wake-up about a record that there is not", async () => {
    const sent: string[] = [];
    const source: QueueSource = {
      ...queuesWith("", {}),
      send: async (queue, body) => {
        sent.push(`${queue.name} ${body}`);
        return ok({});
      },
    };
    const findings = await checkRoundTrip(
      source,
      { name: "mine", uid: "u" },
      { namespace: "second", withinMs: 20 },
    )(signal);
    expect(findings).toMatchObject([{ check: "round trip", outcome: "ok" }]);
    const [queue, ...body] = sent[0]?.split(" ") ?? [];
    expect(queue).toBe("wakeups");
    expect(parseWakeupMessage(body.join(" "))).toMatchObject({
      outcome: "parsed",
      value: { data: { record: { name: expect.stringMatching(/^kubemend-doctor-/) } } },
    });
  });

  it("the round trip fails if nobody takes the message", async () => {
    let waiting = 0;
    const source: QueueSource = {
      isAws: true,
      read: async () => ok({ ApproximateNumberOfMessages: String(waiting) }),
      send: async () => {
        waiting += 1;
        return ok({});
      },
    };
    expect(
      await checkRoundTrip(
        source,
        { name: "mine", uid: "u" },
        { namespace: "second", withinMs: 20 },
      )(signal),
    ).toMatchObject([{ outcome: "failed", fix: expect.stringContaining("event source mapping") }]);
  });
});

describe("functions", () => {
  const settings = readFunctionSettings(root).filter(({ name }) => name === "normalize");
  const queues = new Map(readQueueSettings(root).map(({ key, name }) => [key, name]));
  const mapping = {
    EventSourceArn: "arn:aws:sqs:eu-central-1:1:kubemend-prod-changes.fifo",
    State: "Enabled",
    BatchSize: 10,
    ScalingConfig: { MaximumConcurrency: 50 },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  };
  const variables = Object.fromEntries(
    Object.keys(settings[0]?.environment ?? {}).map((key) => [key, "x"]),
  );
  const healthy = {
    State: "Active",
    LastUpdateStatus: "Successful",
    Timeout: 60,
    Role: "arn:aws:iam::1:role/normalize",
    Environment: { Variables: variables },
  };
  const entry = ok({ accessEntry: { username: "second:normalize" } });
  const check = (
    changed: object,
    mappings: readonly object[] = [mapping],
    answer: Awaited<ReturnType<ReadAws>> = entry,
  ) => {
    const aws: ReadAws = async ([, verb]) => {
      if (verb === "describe-access-entry") return answer;
      const isMapping = verb === "list-event-source-mappings";
      return ok(isMapping ? { EventSourceMappings: mappings } : { ...healthy, ...changed });
    };
    const cluster = { aws, name: "shop", namespace: "second" };
    return checkFunctions({ aws, prefix: "kubemend-prod", queues, cluster }, settings)(signal);
  };

  it("pass as they are deployed", async () => {
    expect(await check({})).toMatchObject([{ check: "function normalize", outcome: "ok" }]);
  });

  it.each([
    [{ State: "Failed" }, /its state is Failed/],
    [{ Timeout: 3 }, /its timeout is 3 s instead of 60/],
    [{ Environment: {} }, /not set: .*KUBEMEND_REMEDIATIONS_QUEUE_URL/],
  ])("fail with %j", async (changed, message) => {
    expect(await check(changed)).toMatchObject([
      { outcome: "failed", message: expect.stringMatching(message) },
    ]);
  });

  it.each([
    [{ State: "Disabled" }, "the mapping of changes.fifo is Disabled"],
    [{ BatchSize: 1 }, "BatchSize of changes.fifo is 1 instead of 10"],
    [{ ScalingConfig: {} }, "MaximumConcurrency of changes.fifo is not set instead of 50"],
    [
      { FunctionResponseTypes: [] },
      "the mapping of changes.fifo has no ReportBatchItemFailures, so failed messages are lost",
    ],
    [{ EventSourceArn: "arn:aws:sqs:eu-central-1:1:other" }, "changes.fifo does not feed it"],
  ])("fail if a queue feeds them with %j", async (changed, message) => {
    expect(await check({}, [{ ...mapping, ...changed }])).toMatchObject([
      { outcome: "failed", message },
    ]);
  });

  it("fail if the cluster does not let them in under their name", async () => {
    const other = ok({ accessEntry: { username: "me" } });
    expect(await check({}, [mapping], other)).toMatchObject([
      { message: "its access entry in shop names it me instead of second:normalize" },
    ]);
    const none = refuse({ isDenied: false, reason: "ResourceNotFoundException" });
    expect(await check({}, [mapping], none)).toMatchObject([
      { message: "no access entry in shop: ResourceNotFoundException" },
    ]);
    const unknown = refuse({ isDenied: true, reason: "AccessDenied" });
    expect(await check({}, [mapping], unknown)).toMatchObject([{ outcome: "ok" }]);
  });
});

describe("the pipeline of the functions", () => {
  const read = (answers: Readonly<Record<string, unknown>>) => {
    const aws: ReadAws = async ([, verb = ""]) =>
      verb in answers ? ok(answers[verb]) : refuse({ isDenied: false, reason: "does not exist" });
    return readStackDigest(aws, "kubemend-prod");
  };

  it("is an output of the stack, or a tag of a function that Terraform has deployed", async () => {
    expect(await read({ "describe-stacks": { OutputValue: "a" } })).toBe("a");
    expect(await read({ "get-function": { "kubemend-pipeline": "b" } })).toBe("b");
  });

  it("is unknown without either", async () => {
    expect(await read({ "get-function": null })).toBeUndefined();
  });
});

describe("receivers", () => {
  const pipeline = {
    receivers: [
      { type: "slackWebhook", name: "ops", webhook: { type: "secret", id: "slack" } },
      { type: "sns", name: "topic", topicArn: "arn:aws:sns:eu-central-1:1:t" },
      { type: "teams", name: "local", webhook: { type: "env", variable: "TEAMS" } },
      { type: "webhook", name: "plain", url: "https://hooks.invalid" },
    ],
  } as unknown as Pipeline;

  it("are looked up without reading a credential", async () => {
    const asked: string[] = [];
    const aws: ReadAws = async (words) => {
      asked.push(words.join(" "));
      return words[0] === "sns" ? refuse({ isDenied: false, reason: "NotFound" }) : ok({});
    };
    expect(await checkReceivers(pipeline, aws)(signal)).toMatchObject([
      { check: "receiver ops", outcome: "ok" },
      {
        check: "receiver topic",
        outcome: "failed",
        fix: expect.stringContaining("docs/alerts.md"),
      },
      { check: "receiver local", outcome: "skipped" },
      { check: "receiver plain", outcome: "ok" },
    ]);
    expect(asked).toEqual([
      "secretsmanager describe-secret --secret-id slack",
      "sns get-topic-attributes --topic-arn arn:aws:sns:eu-central-1:1:t",
    ]);
  });
});
