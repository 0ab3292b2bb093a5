import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SIGNATURE_ATTRIBUTE, SIGNATURE_BYTES } from "../../../events/signature.ts";
import { KubemendError } from "../../../core/errors.ts";
import { createKeyFile } from "../../../adapters/signing/key-file.ts";
import { openSigningKeys } from "../../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createSigningKeys, NO_SIGNING_KEYS } from "../../../adapters/signing/signing-keys.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import {
  BATCH_MAX_BYTES,
  sendBatch,
  SIGNED_BODY_MAX_BYTES,
} from "../../../adapters/sqs/send-batch.ts";
import { createFakeQueues, toQueueUrl } from "../lambda/invocation.ts";

const OLD = "the-old-key-0123456789abcdef";
const NEW = "the-new-key-0123456789abcdef";

const keysOf = (...keys: readonly string[]) => openSigningKeys({ type: "keys", keys }, () => 0);

const toRecord = (body: string, signature?: string) => ({
  body,
  messageAttributes:
    signature === undefined ? {} : { [SIGNATURE_ATTRIBUTE]: { stringValue: signature } },
});

test("a signature is the HMAC of the queue's kind and of the body as it is sent", async () => {
  const expected = createHmac("sha256", NEW).update("changes\n{}").digest("hex");
  expect((await createSign(keysOf(NEW, OLD), "changes")("{}"))?.signature).toBe(expected);
});

test("each of the keys verifies, so that keys can be rotated", async () => {
  const verify = createVerify(keysOf(NEW, OLD), "changes");
  for (const key of [NEW, OLD]) {
    const signature = (await createSign(keysOf(key), "changes")("{}"))?.signature;
    expect(await verify(toRecord("{}", signature))).toBe("signed");
  }
});

test.each([
  ["another body", "{ }", "changes", NEW],
  ["another queue", "{}", "remediations", NEW],
  ["another key", "{}", "changes", "somebody-else's-key-0123"],
] as const)("a signature for %s does not count", async (_what, body, queue, key) => {
  const signature = (await createSign(keysOf(key), queue)(body))?.signature;
  expect(await createVerify(keysOf(NEW), "changes")(toRecord("{}", signature))).toBe("unsigned");
});

test.each([undefined, "", "x", "é".repeat(64), "0".repeat(63), "0".repeat(64), "F".repeat(64)])(
  "%s is not a signature",
  async (signature) => {
    expect(await createVerify(keysOf(NEW), "changes")(toRecord("{}", signature))).toBe("unsigned");
  },
);

test("without keys nothing is signed, and nothing counts as signed", async () => {
  expect(await createSign(NO_SIGNING_KEYS, "changes")("{}")).toBeUndefined();
  const signature = (await createSign(keysOf(NEW), "changes")("{}"))?.signature;
  const verify = createVerify(NO_SIGNING_KEYS, "changes");
  expect(await verify(toRecord("{}", signature))).toBe("unverifiable");
});

test("a signature by a newer key causes the keys to be read again, but not for every message", async () => {
  const source = { keys: [OLD], reads: 0, nowMs: 0 };
  const keys = createSigningKeys({
    now: () => source.nowMs,
    read: async () => {
      source.reads += 1;
      return source.keys;
    },
  });
  const verify = createVerify(keys, "alerts");
  const signed = toRecord("{}", (await createSign(keysOf(NEW), "alerts")("{}"))?.signature);
  expect(await verify(signed)).toBe("unsigned");
  source.keys = [OLD, NEW];
  source.nowMs = 31_000;
  expect(await verify(signed)).toBe("signed");
  for (let count = 0; count < 20; count += 1) await verify(toRecord("{}", "0".repeat(64)));
  expect(source.reads).toBe(2);
});

test("a signature by a key that is newer than the known ones is judged once the keys were read again, whatever else is on the queue", async () => {
  const source = { keys: [OLD], nowMs: 0 };
  const keys = createSigningKeys({ now: () => source.nowMs, read: async () => source.keys });
  const verify = createVerify(keys, "alerts");
  const at = (sentMs: number, signature: string | undefined) => ({
    ...toRecord("{}", signature),
    attributes: { SentTimestamp: String(sentMs) },
  });
  const signature = (await createSign(keysOf(NEW), "alerts")("{}"))?.signature;
  const junk = "0".repeat(64);
  await keys.current();
  source.nowMs = 60_000;
  expect(await verify(at(59_000, junk))).toBe("unsigned");
  source.keys = [OLD, NEW];
  source.nowMs = 62_000;
  const early = { code: "CredentialThrottled", retryable: true, retryAfterMs: 8_000 };
  await expect(verify(at(61_000, signature))).rejects.toMatchObject(early);
  source.nowMs = 70_000;
  await expect(verify(at(70_000, junk))).rejects.toMatchObject({ retryAfterMs: 10_000 });
  source.nowMs = 71_000;
  expect(await verify(at(61_000, signature))).toBe("signed");
});

test("a signature that is wrong is judged after one reading of the keys, and never waits for a second", async () => {
  let nowMs = 0;
  const keys = createSigningKeys({ now: () => nowMs, read: async () => [OLD] });
  const verify = createVerify(keys, "alerts");
  const junk = { ...toRecord("{}", "0".repeat(64)), attributes: { SentTimestamp: "5000" } };
  await keys.current();
  nowMs = 6_000;
  await expect(verify(junk)).rejects.toMatchObject({ retryAfterMs: 4_000 });
  nowMs = 10_000;
  expect(await verify(junk)).toBe("unsigned");
  nowMs = 11_000;
  expect(await verify(junk)).toBe("unsigned");
});

test("keys whose source is away stay in use", async () => {
  const source = { broken: false, nowMs: 0 };
  const keys = createSigningKeys({
    now: () => source.nowMs,
    read: async () => {
      if (source.broken) throw new Error("away");
      return [NEW];
    },
  });
  await keys.current();
  source.broken = true;
  source.nowMs = 120_000;
  expect(await keys.current()).toEqual([NEW]);
});

test.each(["", "\n \n", undefined])(
  "a key file that then contains %j withdraws the keys: nothing is signed or verified, which is not the same as having none",
  async (text) => {
    const folder = mkdtempSync(join(tmpdir(), "kubemend-keys-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "keys");
    let nowMs = 0;
    writeFileSync(path, `${NEW}\n`);
    const keys = createKeyFile(path, () => nowMs);
    const signature = (await createSign(keys, "changes")("{}"))?.signature;
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    nowMs = 61_000;
    const refused = { code: "InvalidConfiguration", retryable: true };
    await expect(createSign(keys, "changes")("{}")).rejects.toMatchObject(refused);
    const verify = createVerify(keys, "changes");
    await expect(verify(toRecord("{}", signature))).rejects.toMatchObject(refused);
    writeFileSync(path, `${NEW}\n`);
    nowMs = 67_000;
    expect(await verify(toRecord("{}", signature))).toBe("signed");
  },
);

test("a source without keys is asked every few seconds, not for every message", async () => {
  const source = { reads: 0, nowMs: 0 };
  const keys = createSigningKeys({
    now: () => source.nowMs,
    read: async () => {
      source.reads += 1;
      throw new KubemendError("InvalidConfiguration", "it is empty", { retryable: true });
    },
  });
  for (let count = 0; count < 20; count += 1) await expect(keys.current()).rejects.toThrow("empty");
  expect(source.reads).toBe(1);
  source.nowMs = 5_000;
  await expect(keys.current()).rejects.toThrow("empty");
  expect(source.reads).toBe(2);
});

test("a signed message is sent under a deduplication id that needs the key, and that is the same each time", async () => {
  const queues = createFakeQueues();
  const deps = { client: queues.client, queueUrl: toQueueUrl("changes.fifo") };
  const entry = { body: "{}", groupId: "g", deduplicationId: "anybody-can-compute-this" };
  const sign = createSign(keysOf(NEW), "changes");
  await sendBatch({ ...deps, sign }, [entry]);
  await sendBatch({ ...deps, sign }, [
    { ...entry, body: "{ }" },
    { ...entry, unsigned: true },
  ]);
  await sendBatch({ ...deps, sign: createSign(keysOf(OLD), "changes") }, [entry]);
  const ids = queues.sentTo("changes.fifo").map((sent) => sent.MessageDeduplicationId);
  const [first, again, unsigned, byAnotherKey] = ids;
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toBe(first);
  expect(unsigned).toBe(entry.deduplicationId);
  expect(byAnotherKey).not.toBe(first);
});

test("a deduplication id is no signature", async () => {
  const signed = await createSign(keysOf(NEW), "changes")("{}");
  const id = signed?.toDeduplicationId("{}");
  expect(await createVerify(keysOf(NEW), "changes")(toRecord("{}", id))).toBe("unsigned");
});

test("a key file is read again, and a wrong one is named without showing a key", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "keys");
  let nowMs = 0;
  writeFileSync(path, `\n  ${NEW}  \r\n${OLD}\n\n`);
  const keys = createKeyFile(path, () => nowMs);
  expect(await keys.current()).toEqual([NEW, OLD]);
  writeFileSync(path, `${OLD}\n`);
  nowMs = 61_000;
  expect(await keys.current()).toEqual([OLD]);
  writeFileSync(path, "secret-but-short\n");
  const refused = createKeyFile(path, () => 0).current();
  await expect(refused).rejects.toMatchObject({ code: "InvalidConfiguration" });
  await expect(refused).rejects.not.toThrow("secret-but-short");
  await expect(createKeyFile(join(folder, "none"), () => 0).current()).rejects.toThrow("none");
});

test("what is signed is the body with its escapes, and other attributes stay", async () => {
  const queues = createFakeQueues();
  const sign = createSign(keysOf(NEW), "alerts");
  const queueUrl = toQueueUrl("alerts");
  const entry = { body: JSON.stringify({ note: "\uFFFE" }), attributes: { other: "1" } };
  await sendBatch({ client: queues.client, queueUrl, sign }, [entry, { ...entry, unsigned: true }]);
  const [signed, unsigned] = queues.sentTo("alerts");
  const attributes = signed?.MessageAttributes ?? {};
  const record = toRecord(signed?.MessageBody ?? "", attributes[SIGNATURE_ATTRIBUTE]?.StringValue);
  expect(record.body).not.toContain("\uFFFE");
  expect(await createVerify(keysOf(NEW), "alerts")(record)).toBe("signed");
  expect(attributes["other"]?.StringValue).toBe("1");
  expect(unsigned?.MessageAttributes).not.toHaveProperty(SIGNATURE_ATTRIBUTE);
});

test("the largest body that may be signed fits into a message with its signature", async () => {
  expect(SIGNED_BODY_MAX_BYTES + SIGNATURE_BYTES).toBe(BATCH_MAX_BYTES);
  const queues = createFakeQueues();
  const sign = createSign(keysOf(NEW), "changes");
  const deps = { client: queues.client, queueUrl: toQueueUrl("changes.fifo"), sign };
  const bodies = [SIGNED_BODY_MAX_BYTES, SIGNED_BODY_MAX_BYTES + 1].map((size) => ({
    body: "x".repeat(size),
  }));
  const outcomes = await sendBatch(deps, bodies);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["accepted", "refused"]);
});

test("if the keys cannot be read, nothing is sent, and it is temporary", async () => {
  const queues = createFakeQueues();
  const keys = openSigningKeys({ type: "file", path: "/nonexistent/keys" }, () => 0);
  const deps = { client: queues.client, queueUrl: toQueueUrl("alerts") };
  const outcomes = await sendBatch({ ...deps, sign: createSign(keys, "alerts") }, [{ body: "{}" }]);
  expect(outcomes).toMatchObject([{ outcome: "refused", error: { retryable: true } }]);
  expect(queues.sentTo("alerts")).toEqual([]);
});
