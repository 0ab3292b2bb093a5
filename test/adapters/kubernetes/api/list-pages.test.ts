import { expect, it } from "vitest";
import { listObjects } from "../../../../adapters/kubernetes/api/objects.ts";
import { PAGE_MAX_BYTES, readListPages } from "../../../../adapters/kubernetes/api/list-pages.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { parseJsonText } from "../../../../adapters/kubernetes/http/json-body.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { TooDeep } from "../../../../core/changes/too-deep.ts";

const PATH = "/apis/batch/v1/namespaces/data/jobs";
const JOBS = { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespace: "data" };

/** An API server with so many Jobs, whose text is written again for each page, and which counts the bytes that it sends. */
function createServer(count: number, toJob: (index: number) => unknown) {
  const limits: number[] = [];
  let refused = 0;
  const request = async ({ query, maxBytes = 0, deep }: KubernetesRequest): Promise<unknown> => {
    const from = Number(query?.["continue"] ?? 0);
    const limit = Number(query?.["limit"]);
    limits.push(limit);
    const to = Math.min(count, from + limit);
    const items = Array.from({ length: to - from }, (_, offset) => toJob(from + offset));
    const text = JSON.stringify({ metadata: to < count ? { continue: String(to) } : {}, items });
    if (text.length > maxBytes) {
      refused += 1;
      throw new KubemendError("Invalid", "the answer is over the limit", { retryable: false });
    }
    return parseJsonText(text, PATH, deep);
  };
  return {
    client: { request } as unknown as KubernetesClient,
    limits,
    refused: () => refused,
  };
}

const toMetadata = (index: number): { readonly name: string; readonly uid: string } => ({
  name: `job-${index}`,
  uid: `uid-${index}`,
});

it("large items come in pages of at most 16 MiB, and hardly any page is asked for in vain", async () => {
  const annotations = { big: "x".repeat(110_000) };
  const { client, refused } = createServer(2_000, (index) => ({
    metadata: { ...toMetadata(index), annotations },
  }));
  let count = 0;
  for await (const { items } of readListPages(client, PATH, {})) {
    expect(items.length * 110_000).toBeLessThan(PAGE_MAX_BYTES);
    count += items.length;
  }
  expect(count).toBe(2_000);
  expect(refused()).toBeLessThan(6);
});

it("a list keeps a small part of what was read", async () => {
  const big = "x".repeat(110_000);
  const { client } = createServer(600, (index) => ({
    metadata: { ...toMetadata(index), annotations: { big } },
    spec: { template: big },
    status: { conditions: [{ type: "Failed", status: "True", message: big }] },
  }));
  const fields = [["status", "conditions", null, "type"]];
  const jobs = await listObjects(client, JOBS, { fields });
  expect(jobs).toHaveLength(600);
  expect(JSON.stringify(jobs).length).toBeLessThan(600 * 200);
  expect(jobs[0]).toMatchObject({ kind: "Job", status: { conditions: [{ type: "Failed" }] } });
});

it("an item that is nested too deep does not hide its neighbours", async () => {
  let deep: object = {};
  for (let level = 0; level < 600; level += 1) deep = { deep };
  const { client, limits } = createServer(3, (index) => ({
    metadata: toMetadata(index),
    ...(index === 1 ? { spec: deep } : {}),
  }));
  const pages = await Array.fromAsync(readListPages(client, PATH, {}));
  expect(limits).toEqual([500]);
  expect(pages.flatMap(({ items }) => items.map((item) => item instanceof TooDeep))).toEqual([
    false,
    true,
    false,
  ]);
  const jobs = await listObjects(client, JOBS, { fields: [] });
  expect(jobs.map(({ metadata }) => metadata.name)).toEqual(["job-0", "job-2"]);
});
