import fc from "fast-check";
import { expect, it } from "vitest";
import { sendBatch } from "../../../adapters/sqs/send-batch.ts";
import { escapeForQueue } from "../../../core/text/escape-for-queue.ts";
import { startQueueServer } from "../../support/queues/queue-server.ts";

const REFUSED = "\ufffe\uffff \u{1f600} \ud83d \u0007";

it("a queue of either kind accepts JSON with any character, and brings the same JSON", async () => {
  await using queues = await startQueueServer();
  // As a function writes a summary or an annotation that a tenant chose.
  const body = JSON.stringify({ summary: REFUSED, "\uffff": [REFUSED] });
  for (const queueUrl of [queues.standardUrl, queues.fifoUrl]) {
    const entry = { body, groupId: "g", deduplicationId: "d" };
    const outcomes = await sendBatch({ client: queues.client, queueUrl }, [
      queueUrl === queues.fifoUrl ? entry : { body },
    ]);
    expect(outcomes).toMatchObject([{ outcome: "accepted" }]);
    const [received] = await queues.drain(queueUrl);
    expect(JSON.parse(received?.body ?? "")).toEqual(JSON.parse(body));
  }
});

it("an entry is measured as it is sent: what grows over the limit by its escapes is refused without asking", async () => {
  await using queues = await startQueueServer();
  const body = JSON.stringify("\uffff".repeat(200_000));
  const deps = { client: queues.client, queueUrl: queues.standardUrl };
  expect(await sendBatch(deps, [{ body }])).toMatchObject([
    { outcome: "refused", error: { code: "MessageRefused", retryable: false } },
  ]);
});

it("escaping changes no JSON, and a second time nothing", () => {
  const anything = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), anything, (value, text) => {
      const json = JSON.stringify([value, text]);
      expect(JSON.parse(escapeForQueue(json))).toEqual(JSON.parse(json));
      expect(escapeForQueue(escapeForQueue(json))).toBe(escapeForQueue(json));
    }),
  );
});
