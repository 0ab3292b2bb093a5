import { expect, it } from "vitest";
import { createBatchReads } from "../../../../adapters/kubernetes/remediation/batch-reads.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../core/errors.ts";

const CRON_JOB = {
  group: "batch",
  version: "v1",
  resource: "cronjobs",
  kind: "CronJob",
  namespace: "data",
  name: "nightly",
};

/** Counts the requests, and answers each with a later state. */
function createWorld() {
  const paths: string[] = [];
  let nowMs = 0;
  const world = { failing: false, paths, pass: (ms: number) => void (nowMs += ms) };
  const request = async ({ path }: KubernetesRequest): Promise<unknown> => {
    paths.push(path);
    if (world.failing) throw new KubemendError("Unavailable", "down", { retryable: true });
    return { metadata: { name: "nightly", uid: "u", generation: paths.length } };
  };
  const client = { request } as unknown as KubernetesClient;
  const findReads = createBatchReads(client, () => nowMs);
  const batch = new AbortController().signal;
  return { ...world, world, findReads, read: findReads(batch), again: findReads(batch) };
}

it("those who ask at the same time, or within a second, share one request", async () => {
  const { read, paths, pass } = createWorld();
  const [first, second] = await Promise.all([read(CRON_JOB), read(CRON_JOB)]);
  pass(999);
  const third = await read(CRON_JOB);
  expect(paths).toHaveLength(1);
  expect([second, third]).toEqual([first, first]);
});

it("the messages of a batch share, those of another batch do not", async () => {
  const { read, again, findReads, paths } = createWorld();
  await read(CRON_JOB);
  await again(CRON_JOB);
  expect(paths).toHaveLength(1);
  await findReads(new AbortController().signal)(CRON_JOB);
  expect(paths).toHaveLength(2);
});

it("what was read a second ago is read again", async () => {
  const { read, paths, pass } = createWorld();
  await read(CRON_JOB);
  pass(1_000);
  expect((await read(CRON_JOB))?.object.metadata).toMatchObject({ generation: 2 });
  expect(paths).toHaveLength(2);
});

it("other objects are requests of their own", async () => {
  const { read, paths } = createWorld();
  await Promise.all([read(CRON_JOB), read({ ...CRON_JOB, namespace: "other" })]);
  expect(paths).toHaveLength(2);
});

it("a failed read is not used by whoever asks after it", async () => {
  const { read, world } = createWorld();
  world.failing = true;
  await expect(read(CRON_JOB)).rejects.toMatchObject({ code: "Unavailable" });
  world.failing = false;
  expect((await read(CRON_JOB))?.object.metadata.name).toBe("nightly");
});
