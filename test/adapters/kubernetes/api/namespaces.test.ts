import { expect, test } from "vitest";
import { createReadNamespace } from "../../../../adapters/kubernetes/api/namespaces.ts";
import { KubemendError } from "../../../../core/errors.ts";

function createWorld() {
  const world = { nowMs: 0, requests: 0, label: "a", failing: false };
  const client = {
    server: "",
    request: async <T>() => {
      world.requests += 1;
      if (world.failing) throw new KubemendError("Unreachable", "away", { retryable: true });
      return { metadata: { name: "n", uid: "u", labels: { mark: world.label } } } as T;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };
  const read = createReadNamespace({ client, now: () => world.nowMs });
  return { world, read: async () => (await read("n"))?.metadata["labels"] };
}

test("a namespace is read again after 10 s, and not before", async () => {
  const { world, read } = createWorld();
  await read();
  world.label = "b";
  world.nowMs = 9_999;
  expect(await read()).toEqual({ mark: "a" });
  world.nowMs = 10_000;
  expect(await read()).toEqual({ mark: "b" });
  expect(world.requests).toBe(2);
});

test("those who ask at once share a request", async () => {
  const { world, read } = createWorld();
  await Promise.all([read(), read(), read()]);
  expect(world.requests).toBe(1);
});

test("a failure is thrown, because nobody may act on what could not be read, and it is not kept", async () => {
  const { world, read } = createWorld();
  world.failing = true;
  await expect(read()).rejects.toThrow("away");
  world.failing = false;
  expect(await read()).toEqual({ mark: "a" });
});
