import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { limitWaiting } from "../../../../adapters/kubernetes/http/limit-waiting.ts";

it("gives up on a body that stays silent, and destroys it", async () => {
  const body = new PassThrough();
  body.write("first");
  const chunks = limitWaiting(body, { remainingMs: () => 20, waited: () => undefined });
  expect(String((await chunks.next()).value)).toBe("first");
  await expect(chunks.next()).rejects.toMatchObject({ code: "Timeout", retryable: true });
  expect(body.destroyed).toBe(true);
});

it("does not count the time that its reader takes", async () => {
  const body = new PassThrough();
  body.write("first");
  const waits: number[] = [];
  const patience = {
    remainingMs: () => 30,
    waited: (elapsedMs: number) => void waits.push(elapsedMs),
  };
  const chunks = limitWaiting(body, patience);
  await chunks.next();
  await sleep(60);
  body.end("second");
  expect(String((await chunks.next()).value)).toBe("second");
  expect((await chunks.next()).done).toBe(true);
  expect(Math.max(...waits)).toBeLessThan(30);
});

it("destroys the body when its reader stops, and passes on its failure", async () => {
  const left = new PassThrough();
  left.write("first");
  for await (const _chunk of limitWaiting(left, {
    remainingMs: () => 1_000,
    waited: () => undefined,
  }))
    break;
  expect(left.destroyed).toBe(true);

  const broken = new PassThrough();
  const chunks = limitWaiting(broken, { remainingMs: () => 1_000, waited: () => undefined });
  queueMicrotask(() => broken.destroy(new Error("cut")));
  await expect(chunks.next()).rejects.toThrow("cut");
});
