import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addKey, makeKey, removeKey, toKeyId, useKey } from "../../../cli/keys/key-ring.ts";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import { createKeyFile } from "../../../adapters/signing/key-file.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createVerify, type SignedRecord } from "../../../adapters/signing/verify.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

let folder: ReturnType<typeof temporaryFolder>;
let nowMs: number;

beforeEach(() => {
  folder = temporaryFolder();
  nowMs = Date.UTC(2026, 0, 1);
});
afterEach(() => folder[Symbol.dispose]());

type Ring = readonly string[];

/** A relay that signs and a function that verifies, each with a store of its own. */
function openSides(first: Ring) {
  const store = (side: "relay" | "functions", ring: Ring): void =>
    writeFileSync(join(folder.path, side), ring.map((key) => `${key}\n`).join(""));
  store("relay", first);
  store("functions", first);
  const now = (): number => nowMs;
  const sign = createSign(createKeyFile(join(folder.path, "relay"), now), "changes");
  const verify = createVerify(createKeyFile(join(folder.path, "functions"), now), "changes");
  let sent = 0;
  return {
    store,
    send: async (): Promise<SignedRecord> => {
      sent += 1;
      const body = `change ${sent}`;
      const signed = await sign(body);
      return {
        body,
        attributes: { SentTimestamp: String(nowMs) },
        messageAttributes: { [SIGNATURE_ATTRIBUTE]: { stringValue: signed?.signature } },
      };
    },
    /** As a function does: what cannot be decided yet comes again. */
    receive: async (record: SignedRecord): Promise<string> => {
      for (;;) {
        try {
          return await verify(record);
        } catch (error) {
          if (!isKubemendError(error, "CredentialThrottled")) throw error;
          nowMs += error.retryAfterMs ?? 0;
        }
      }
    },
  };
}

function change(result: ReturnType<typeof addKey>): Ring {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

// Which side has the keys of a step first, and how long before the other one.
test.each([
  ["functions", 0],
  ["functions", 5 * SECOND_MS],
  ["functions", 3 * MINUTE_MS],
  ["relay", 5 * SECOND_MS],
  ["relay", 3 * MINUTE_MS],
] as const)(
  "no message loses its signature while keys are rotated, %s first by %i ms",
  async (first, lagMs) => {
    const before = makeKey();
    const { store, send, receive } = openSides([before]);
    const added = change(addKey([before], makeKey()));
    const used = change(useKey(added, toKeyId(added[1] ?? "")));
    const rest = change(removeKey(used, toKeyId(before)));
    const waiting: SignedRecord[] = [];
    const verdicts = new Set<string>();
    /** Messages are sent all the time; every other one waits in the queue until it is drained. */
    const pass = async (ms: number): Promise<void> => {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 4 * SECOND_MS) {
        waiting.push(await send());
        verdicts.add(await receive(await send()));
      }
    };
    const drain = async (): Promise<void> => {
      for (const record of waiting.splice(0)) verdicts.add(await receive(record));
    };
    for (const ring of [added, used, rest]) {
      await pass(MINUTE_MS);
      // As `kubemend keys remove --drained` demands.
      if (ring === rest) await drain();
      store(first, ring);
      await pass(lagMs);
      store(first === "relay" ? "functions" : "relay", ring);
      await pass(2 * MINUTE_MS);
    }
    await drain();
    expect([...verdicts]).toEqual(["signed"]);
    expect(await receive(await send())).toBe("signed");
    expect(rest).toEqual([added[1]]);
  },
);

test("a message that waits while its key is removed is not signed any more, which is why the queues are drained first", async () => {
  const before = makeKey();
  const { store, send, receive } = openSides([before]);
  const waiting = await send();
  const other = makeKey();
  store("functions", [other]);
  nowMs += 2 * MINUTE_MS;
  expect(await receive(waiting)).toBe("unsigned");
});
