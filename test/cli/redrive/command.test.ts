import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { redriveCommand } from "../../../cli/redrive/command.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";

let queues: SandboxQueues;
let client: SQSClient;
let written: string[];

beforeEach(async () => {
  queues = await startQueues();
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const { endpoint, region } = queues;
  client = new SQSClient({ endpoint, region, maxAttempts: 1, credentials });
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", endpoint);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
  written = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});

afterEach(async () => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  client.destroy();
  await queues.stop();
});

function urlOf(name: string): string {
  const url = queues.queues[name];
  if (url === undefined) throw new Error(`no queue ${name}`);
  return url;
}

type Written = { readonly type: string; readonly [field: string]: unknown };

async function redrive(...args: readonly string[]): Promise<readonly Written[]> {
  written = [];
  await redriveCommand()
    .exitOverride()
    .parseAsync([...args, "--json"], { from: "user" });
  return written.map((line) => JSON.parse(line) as Written);
}

let sent = 0;

/** A letter as a function sends it, or without a reason, as SQS moves it. */
async function bury(
  queue: string,
  body: string,
  why: { readonly code?: string; readonly reason?: string; readonly groupId?: string } = {},
): Promise<void> {
  const { code, reason, groupId = "g" } = why;
  sent += 1;
  const attributes = { "kubemend.code": code, "kubemend.reason": reason, custom: "kept" };
  await client.send(
    new SendMessageCommand({
      QueueUrl: urlOf(queue),
      MessageBody: body,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).flatMap(([name, text]) =>
          text === undefined ? [] : [[name, { DataType: "String", StringValue: text }]],
        ),
      ),
      ...(urlOf(queue).endsWith(".fifo")
        ? { MessageGroupId: groupId, MessageDeduplicationId: String(sent) }
        : {}),
    }),
  );
}

/** All messages of a queue, in its order; they stay in the queue. */
async function readAll(queue: string): Promise<readonly Message[]> {
  const all: Message[] = [];
  for (;;) {
    const answer = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf(queue),
        MaxNumberOfMessages: 10,
        AttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    if (answer.Messages === undefined || answer.Messages.length === 0) return all;
    for (const message of answer.Messages) {
      const { ReceiptHandle } = message;
      await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle }));
      all.push(message);
    }
  }
}

const bodies = (messages: readonly Message[]): readonly unknown[] =>
  messages.map(({ Body }) => Body);

describe("kubemend redrive", () => {
  test("moves letters back in the order of their group, without our attributes, and shows why they were there", async () => {
    const body = JSON.stringify({ subject: "/apis/batch/v1/namespaces/data/jobs/backup-1" });
    await bury("changesDeadLetter", body, { code: "MalformedMessage", reason: "no data" });
    for (const text of ["2", "3", "4"]) await bury("changesDeadLetter", text);
    await bury("changesDeadLetter", "other", { groupId: "h" });

    const lines = await redrive(urlOf("changesDeadLetter"));

    expect(lines).toContainEqual(
      expect.objectContaining({
        outcome: "moved",
        code: "MalformedMessage",
        reason: "no data",
        subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ code: "ReceiveLimit" }));
    expect(lines.at(-1)).toMatchObject({ type: "summary", moved: 5, refused: 0 });
    const moved = await readAll("changes");
    const inGroup = moved.filter(({ Attributes }) => Attributes?.["MessageGroupId"] === "g");
    expect(bodies(inGroup)).toEqual([body, "2", "3", "4"]);
    expect(moved).toHaveLength(5);
    expect(Object.keys(moved[0]?.MessageAttributes ?? {})).toEqual(["custom"]);
    expect(await readAll("changesDeadLetter")).toEqual([]);
  });

  test("moves a letter again if it failed again, because its deduplication id is new each time", async () => {
    for (let round = 0; round < 2; round += 1) {
      await bury("remediationsDeadLetter", "again");
      await redrive(urlOf("remediationsDeadLetter"));
      expect(bodies(await readAll("remediations"))).toEqual(["again"]);
    }
  });

  test("--dry-run lists the letters, moves none, and leaves all of them visible", async () => {
    await bury("alertsDeadLetter", "1", { code: "Internal", reason: "broken" });
    await bury("alertsDeadLetter", "2");
    const lines = await redrive(urlOf("alertsDeadLetter"), "--dry-run");
    expect(lines.at(-1)).toMatchObject({ listed: 2, moved: 0 });
    expect(await readAll("alerts")).toEqual([]);
    expect(await readAll("alertsDeadLetter")).toHaveLength(2);
  });

  test("--reason moves letters with a code or a text, and on a FIFO queue none overtakes one that stays", async () => {
    await bury("alertsDeadLetter", "kept", { code: "Invalid", reason: "nonsense" });
    await bury("alertsDeadLetter", "by code", { code: "Forbidden", reason: "no right" });
    await bury("alertsDeadLetter", "by text", { code: "Other", reason: "it is Forbidden by RBAC" });
    expect(
      (await redrive(urlOf("alertsDeadLetter"), "--reason", "forbidden")).at(-1),
    ).toMatchObject({
      moved: 2,
      skipped: 1,
    });
    expect(new Set(bodies(await readAll("alerts")))).toEqual(new Set(["by code", "by text"]));
    expect(bodies(await readAll("alertsDeadLetter"))).toEqual(["kept"]);

    await bury("changesDeadLetter", "first", { code: "Invalid" });
    await bury("changesDeadLetter", "second", { code: "Forbidden" });
    await bury("changesDeadLetter", "elsewhere", { code: "Forbidden", groupId: "h" });
    await redrive(urlOf("changesDeadLetter"), "--reason", "Forbidden");
    expect(bodies(await readAll("changes"))).toEqual(["elsewhere"]);
    expect(bodies(await readAll("changesDeadLetter"))).toEqual(["first", "second"]);
  });

  test("deletes no letter that the target queue has not accepted", async () => {
    await bury("alertsDeadLetter", "precious");
    const gone = `${queues.endpoint}/000000000000/nowhere`;
    const failed = await redrive(urlOf("alertsDeadLetter"), "--to", gone).then(
      () => "moved",
      (error: unknown) => (isKubemendError(error) ? error.code : error),
    );
    expect(failed).toBe("QueueNotFound");
    expect(bodies(await readAll("alertsDeadLetter"))).toEqual(["precious"]);
  });

  test("finds a queue by its name and by its ARN", async () => {
    await bury("alertsDeadLetter", "by name");
    expect((await redrive("alerts-dead-letter")).at(-1)).toMatchObject({ moved: 1 });
    await bury("alertsDeadLetter", "by ARN");
    const arn = `arn:aws:sqs:${queues.region}:000000000000:alerts-dead-letter`;
    expect((await redrive(arn, "--to", "alerts")).at(-1)).toMatchObject({ moved: 1 });
    expect(new Set(bodies(await readAll("alerts")))).toEqual(new Set(["by ARN", "by name"]));
  });

  test.each([
    ["not a queue", "InvalidConfiguration", /not a queue is not a queue: name it by its URL/],
    ["https://", "InvalidConfiguration", /https:\/\/ is not a queue/],
    ["arn:aws:s3:::bucket", "InvalidConfiguration", /arn:aws:s3:::bucket is not a queue/],
    ["nowhere-dead-letter", "QueueNotFound", /^queue nowhere-dead-letter: .*check the URL/],
  ])("refuses %j in one line", async (queue, code, message) => {
    const refused = redrive(queue);
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    await expect(refused).rejects.not.toThrow(/\n/);
  });

  test("--discard deletes the letter that it names, at the head of its group, and prints it", async () => {
    await bury("changesDeadLetter", "bad", { code: "Invalid", reason: "nonsense" });
    await bury("changesDeadLetter", "good");
    const [bad] = await redrive(urlOf("changesDeadLetter"), "--dry-run");
    const id = String(bad?.["id"]);
    const listed = await redrive(urlOf("changesDeadLetter"), "--discard", "--id", id, "--dry-run");
    expect(listed.at(-1)).toMatchObject({ listed: 1, discarded: 0 });
    const lines = await redrive(urlOf("changesDeadLetter"), "--discard", "--id", id);
    expect(lines[0]).toMatchObject({ outcome: "discarded", id, body: "bad" });
    expect(lines.at(-1)).toMatchObject({ discarded: 1, moved: 0, skipped: 1 });
    expect(await readAll("changes")).toEqual([]);
    expect((await redrive(urlOf("changesDeadLetter"))).at(-1)).toMatchObject({ moved: 1 });
    expect(bodies(await readAll("changes"))).toEqual(["good"]);
    expect(await readAll("changesDeadLetter")).toEqual([]);
  });

  test("--discard without a choice of letters, or with --to, is refused and deletes nothing", async () => {
    await bury("alertsDeadLetter", "kept");
    const queue = urlOf("alertsDeadLetter");
    await expect(redrive(queue, "--discard")).rejects.toThrow(/name them with --id or --reason/);
    const both = redrive(queue, "--discard", "--reason", "x", "--to", "alerts");
    await expect(both).rejects.toThrow(/--to has no meaning/);
    expect(bodies(await readAll("alertsDeadLetter"))).toEqual(["kept"]);
  });

  test.each([
    ["a queue that is not a dead-letter queue", "alerts", [], /name the target queue with --to/],
    ["a standard queue for FIFO letters", "changesDeadLetter", ["alerts"], /FIFO/],
    [
      "the queue itself",
      "alertsDeadLetter",
      ["alertsDeadLetter"],
      /--to names the dead-letter queue itself/,
    ],
  ])("refuses %s, and moves nothing", async (_what, from, to, message) => {
    const target = to.flatMap((name) => ["--to", urlOf(name)]);
    await expect(redrive(urlOf(from), ...target)).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(message),
    });
  });

  test("lets no letter control the terminal on which it is shown", async () => {
    const subject = "/api/v1/\u001B[2Jpods";
    await bury("alertsDeadLetter", JSON.stringify({ subject }), {
      reason: "\u009B2J?\nmoved  forged",
    });
    const lines = await redrive(urlOf("alertsDeadLetter"), "--dry-run");
    expect(lines[0]).toMatchObject({ subject, reason: "\u009B2J?\nmoved  forged" });
    written.length = 0;
    const shown = redriveCommand().exitOverride();
    await shown.parseAsync([urlOf("alertsDeadLetter"), "--dry-run"], { from: "user" });
    expect(written.join("").split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^listed {5}ReceiveLimit|^listed/),
      String.raw`    \u009b2J?\nmoved  forged`,
    ]);
    expect(written[0]).toContain(String.raw`/api/v1/\u001b[2Jpods`);
    expect(written.join("")).not.toMatch(/[^\n\P{Cc}]/u);
  });
});
