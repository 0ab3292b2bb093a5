import { expect, it } from "vitest";
import { readRecordPages } from "../../../../adapters/kubernetes/remediation/record-pages.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { toRecord } from "../../../core/records/record.ts";

type Item = { readonly name: string; readonly bytes: number; readonly body: unknown };

function toItem(name: string, bytes = 1, body?: unknown): Item {
  const whole = toRecord();
  const { apiVersion: _, kind: __, ...rest } = whole;
  return {
    name,
    bytes,
    body: body === undefined ? { ...rest, metadata: { ...rest.metadata, name } } : body,
  };
}

/** An API server with these records; an answer over the client's limit is refused by the client, as the real one does. */
function createServer(items: readonly Item[], unit: number) {
  const limits: unknown[] = [];
  const request = async ({ query, accept, maxBytes = 0 }: KubernetesRequest): Promise<unknown> => {
    const from = Number(query?.["continue"] ?? 0);
    const limit = Number(query?.["limit"]);
    limits.push(limit);
    const page = items.slice(from, from + limit);
    const isBare = accept?.includes("PartialObjectMetadataList") === true;
    const bytes = page.reduce((sum, item) => sum + item.bytes * unit, 0);
    if (!isBare && bytes > maxBytes) {
      throw new KubemendError("Invalid", "the answer is over the limit", { retryable: false });
    }
    const rest = items.length - from - limit;
    return {
      metadata: rest > 0 ? { continue: String(from + limit), remainingItemCount: rest } : {},
      items: page.map(({ name, body }) => (isBare ? { metadata: { name } } : body)),
    };
  };
  return { client: { request } as unknown as KubernetesClient, limits };
}

async function readAll(items: readonly Item[], unit = 1) {
  const { client, limits } = createServer(items, unit);
  const names: string[] = [];
  const unreadable: string[] = [];
  for await (const page of readRecordPages({ client, namespace: "kubemend" }, {})) {
    names.push(...page.records.map(({ metadata }) => metadata.name));
    unreadable.push(...page.unreadable);
  }
  return { names, unreadable, limits };
}

it("reads all pages in order", async () => {
  const items = Array.from({ length: 1_200 }, (_, index) => toItem(`r${index}`));
  const { names, unreadable, limits } = await readAll(items);
  expect(names).toEqual(items.map(({ name }) => name));
  expect(unreadable).toEqual([]);
  expect(limits).toEqual([500, 500, 500]);
});

it("reads large records in smaller pages, and small ones after them in large pages again", async () => {
  const items = [
    ...Array.from({ length: 500 }, (_, index) => toItem(`large${index}`, 500_000)),
    ...Array.from({ length: 20_000 }, (_, index) => toItem(`small${index}`)),
  ];
  const { names, limits } = await readAll(items);
  expect(names).toEqual(items.map(({ name }) => name));
  expect(Math.min(...limits.map(Number))).toBeGreaterThan(4);
  expect(limits.at(-1)).toBe(500);
});

it("names a record that cannot be read at all, and continues behind it", async () => {
  const items = [
    toItem("a"),
    toItem("huge", 100_000_000),
    toItem("odd", 1, { metadata: { name: "odd" }, spec: 7 }),
    toItem("none", 1, null),
    toItem("b"),
  ];
  const { names, unreadable } = await readAll(items);
  expect(names).toEqual(["a", "b"]);
  expect(unreadable).toEqual(["huge", "odd", "(no name)"]);
});

it("throws what the API server refuses", async () => {
  const refuse = async (): Promise<never> => {
    throw new KubemendError("Invalid", "unsupported field", { retryable: false, status: 400 });
  };
  const client = { request: refuse } as unknown as KubernetesClient;
  const pages = readRecordPages({ client, namespace: "kubemend" }, {});
  await expect(pages.next()).rejects.toMatchObject({ status: 400 });
});
