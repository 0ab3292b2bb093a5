import { expect, test } from "vitest";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { isAnyWaiting, listWaiting } from "../../../../functions/remediate/guards/waiting.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import { toRecord } from "../../../core/records/record.ts";

const LATER = "2026-11-30T10:30:00.000Z";
const EARLIER = "2026-11-30T10:00:00.000Z";
const signal = AbortSignal.timeout(60_000);

/** A record that a guard holds back. The list is in the order of the numbers. */
function held(number: number, namespace: string, matchedAt: string, object = `o-${number}`) {
  const record = toRecord({ phase: "Deferred", reason: "MaxInFlight", matchedAt });
  const name = `rerun-${number.toString(16).padStart(20, "0")}`;
  const trigger = { ...record.spec.trigger, namespace, uid: object };
  return { ...record, metadata: { ...record.metadata, name }, spec: { ...record.spec, trigger } };
}

function serve(records: readonly RemediationRecord[]) {
  const asked: number[] = [];
  const client: KubernetesClient = {
    server: "",
    request: async <T>({ query = {} }: KubernetesRequest): Promise<T> => {
      const from = Number(query["continue"] ?? 0);
      const end = from + Number(query["limit"]);
      asked.push(from);
      const metadata = end < records.length ? { continue: String(end) } : {};
      return { metadata, items: records.slice(from, end) } as T;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };
  return { asked, place: { client, namespace: "kubemend" } };
}

const many = (count: number, object?: string) =>
  Array.from({ length: count }, (_none, index) => held(index, "crowd", LATER, object));

test("the oldest match comes first, although the records of a thousand other objects are listed before it", async () => {
  const { place } = serve([...many(1_000), held(0xfffff, "shop", EARLIER)]);
  const waiting = await listWaiting(place, "rerun", signal);
  expect(waiting[0]?.spec.trigger.namespace).toBe("shop");
  expect(waiting).toHaveLength(1_000);
});

test("thousands of records of one object leave room for those of other objects", async () => {
  const { place } = serve([...many(12_000, "often"), held(0xfffff, "shop", LATER)]);
  const waiting = await listWaiting(place, "rerun", signal);
  expect(waiting.map(({ spec }) => spec.trigger.namespace)).toContain("shop");
  expect(waiting.length).toBeLessThan(5_000);
});

test("a namespace in which one is held back is found behind those of others", async () => {
  const { place } = serve([...many(1_000), held(0xfffff, "shop", EARLIER)]);
  expect(await isAnyWaiting(place, { rule: "rerun", namespace: "shop" }, signal)).toBe(true);
  expect(await isAnyWaiting(place, { rule: "rerun", namespace: "other" }, signal)).toBe(false);
});

test("it is not known if there are more than are read", async () => {
  const { place, asked } = serve([...many(20_500), held(0xfffff, "shop", EARLIER)]);
  expect(await isAnyWaiting(place, { rule: "rerun", namespace: "shop" }, signal)).toBeUndefined();
  expect(asked).toHaveLength(40);
});
