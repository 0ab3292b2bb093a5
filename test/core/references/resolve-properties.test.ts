import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as v from "valibot";
import type { Catalog } from "../../../core/references/catalog.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { resolveReference } from "../../../core/references/resolve.ts";
import { foundReferencesSchema, referenceResultSchema } from "../../../events/reference.ts";
import { toCatalog, toExtra } from "./served.ts";
import { readCpuMs } from "../../support/host/cpu-time.ts";

/** KUBEMEND_PROPERTY_RUNS=1000000 for the long run. */
const numRuns = Number(process.env["KUBEMEND_PROPERTY_RUNS"] ?? 2_000);
const timeout = Math.max(20_000, numRuns);

const catalogs: readonly Catalog[] = [
  toCatalog("builtin-1.36"),
  toCatalog("builtin-1.24", "builtin"),
  toCatalog(toExtra("a.io/v1 Service services", "a.io/v1beta1 pods pods", "b.io/v2 Node nodes !")),
];

const odd = fc.constantFrom<unknown>(
  "__proto__",
  "constructor",
  "",
  " ",
  "\uD800",
  "\uFFFF",
  "..",
  "a/b",
  "//",
  "v1",
  "apps/v1",
  "batch",
  "v1beta1",
  "extensions/v1beta1",
  "x".repeat(100_000),
  "/".repeat(100_000),
  null,
  0,
  -0,
  1e308,
  true,
  [],
  {},
  [[]],
);
const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "Pod",
      "pods",
      "Event",
      "Service",
      "deployment",
      "Node",
      "CronJob",
      "a",
      "team",
    ),
  },
  { weight: 2, arbitrary: odd },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
/** Nearly right, so that all outcomes come up: nothing of a wrong type, much that is served. */
const nearly = fc.record(
  {
    apiVersion: fc.constantFrom(
      "v1",
      "apps/v1",
      "batch/v1beta1",
      "batch",
      "v2",
      "extensions/v1beta1",
      "events.k8s.io/v1",
      "",
      null,
    ),
    apiGroup: fc.constantFrom(undefined, undefined, undefined, "", "apps", null),
    version: fc.constantFrom(undefined, undefined, undefined, "v1", "v1beta1"),
    kind: fc.constantFrom(
      "Pod",
      "pods",
      "deployment",
      "Node",
      "CronJob",
      "Event",
      "Service",
      "services",
      "Ingress",
      "Minion",
    ),
    resource: fc.constantFrom(undefined, undefined, undefined, "pods", "services"),
    namespace: fc.constantFrom("team", "", null),
    name: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom("a", "system:node", "a%2Fb", "a b", "?#") },
      fc.string(),
    ),
    uid: fc.constantFrom("a", "bb6bd832-895d-11e8-bd5a-001d0917d583", null),
  },
  { requiredKeys: ["kind", "name"] },
);
const reference = fc.oneof(
  { weight: 4, arbitrary: nearly },
  fc.record(
    {
      apiVersion: word,
      group: word,
      apiGroup: word,
      version: word,
      kind: word,
      resource: word,
      namespace: word,
      name: word,
      uid: word,
      ["__proto__"]: word,
    },
    { requiredKeys: [] },
  ),
  fc.anything({ withNullPrototype: true, maxDepth: 4 }),
  fc.json().map((text) => JSON.parse(text) as unknown),
  odd,
);
const carrier = fc.oneof(
  fc.record({
    apiVersion: fc.constantFrom(
      "v1",
      "apps/v1",
      "gateway.networking.k8s.io/v1",
      "rbac.authorization.k8s.io/v1",
    ),
    kind: fc.constantFrom(
      "Pod",
      "Event",
      "PersistentVolume",
      "HTTPRoute",
      "RoleBinding",
      "Unknown",
    ),
    metadata: fc.record({
      namespace: fc.constant("team"),
      ownerReferences: fc.array(nearly, { maxLength: 2 }),
    }),
    involvedObject: nearly,
    spec: fc.record(
      { parentRefs: fc.array(nearly, { maxLength: 2 }), targetRef: nearly },
      { requiredKeys: [] },
    ),
  }),
  fc.record(
    {
      apiVersion: fc.oneof(
        word,
        fc.constantFrom("v1", "gateway.networking.k8s.io/v1", "rbac.authorization.k8s.io/v1"),
      ),
      kind: fc.oneof(word, fc.constantFrom("PersistentVolume", "HTTPRoute", "RoleBinding")),
      metadata: fc.oneof(
        fc.record(
          { namespace: word, ownerReferences: fc.array(reference, { maxLength: 3 }) },
          { requiredKeys: [] },
        ),
        odd,
      ),
      involvedObject: reference,
      spec: fc.oneof(
        fc.record(
          {
            claimRef: reference,
            parentRefs: fc.array(reference, { maxLength: 3 }),
            targetRef: reference,
          },
          { requiredKeys: [] },
        ),
        reference,
      ),
      subjects: fc.oneof(fc.array(reference, { maxLength: 3 }), reference),
    },
    { requiredKeys: [] },
  ),
  reference,
);
const field = fc.oneof(
  fc.constantFrom(
    "involvedObject",
    "metadata.ownerReferences[0]",
    "spec.parentRefs[0]",
    "spec.claimRef",
    "subjects[0]",
  ),
  fc.string(),
);
const catalog = fc.constantFrom(...catalogs);

describe("any value at all", () => {
  test("is either resolved or unresolved, and resolved means served", { timeout }, () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(reference, carrier, field, catalog, (reference, carrier, field, catalog) => {
        const result = resolveReference({ reference, carrier, field }, catalog);
        expect(toFault(result, catalog)).toBeUndefined();
        const outcome = result.outcome === "resolved" ? result.provenance : result.reason;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns },
    );
    // The values are no use if they all are malformed.
    const all = [
      "explicit",
      "discovery",
      "malformed",
      "missing-name",
      "contradiction",
      "not-served",
      "unknown-kind",
      "ambiguous",
    ];
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(all));
  });

  test("gives the same result twice, and is not changed", { timeout }, () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        field,
        catalog,
        (reference, carrier, field, catalog) => {
          const before = structuredClone([reference, carrier]);
          const once = resolveReference({ reference, carrier, field }, catalog);
          expect(resolveReference({ reference, carrier, field }, catalog)).toEqual(once);
          expect([reference, carrier]).toEqual(before);
        },
      ),
      { numRuns },
    );
  });

  test("can be searched for references", { timeout }, () => {
    fc.assert(
      fc.property(carrier, catalog, (carrier, catalog) => {
        const found = findReferences(carrier, catalog);
        v.assert(foundReferencesSchema, found);
        expect(found.flatMap(({ result }) => toFault(result, catalog) ?? [])).toEqual([]);
      }),
      { numRuns },
    );
  });
});

describe("size", () => {
  test("a megabyte in every field is refused at once", () => {
    const big = "Aa/".repeat(350_000);
    const [catalog] = catalogs;
    if (catalog === undefined) throw new Error("no catalog");
    const startedAt = readCpuMs();
    for (const key of [
      "apiVersion",
      "group",
      "kind",
      "resource",
      "namespace",
      "name",
      "uid",
      "version",
    ]) {
      const reference = { kind: "Pod", name: "a", [key]: big };
      resolveReference(
        { reference, carrier: { metadata: { namespace: big } }, field: big },
        catalog,
      );
    }
    expect(readCpuMs() - startedAt).toBeLessThan(1_000);
  });

  test("any width is handled too", () => {
    const [catalog] = catalogs;
    if (catalog === undefined) throw new Error("no catalog");
    const wide = Array.from({ length: 500_000 }, () => ({}));
    const startedAt = readCpuMs();
    const object = { spec: { wide, targetRefs: wide }, subjects: wide };
    expect(findReferences(object, catalog)).toHaveLength(1_000);
    expect(readCpuMs() - startedAt).toBeLessThan(2_000);
  });

  test("any depth of nesting is handled, and a loop of aliases too", () => {
    const [catalog] = catalogs;
    if (catalog === undefined) throw new Error("no catalog");
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level += 1)
      deep = level % 2 === 0 ? [deep] : { spec: deep };
    expect(findReferences({ spec: deep, targetRef: deep }, catalog)).toBeDefined();
    const bomb: unknown[] = [];
    let layer: unknown[] = bomb;
    for (let level = 0; level < 40; level += 1) layer = [layer, layer, layer, layer];
    bomb.push(layer);
    expect(findReferences({ spec: layer }, catalog)).toEqual([]);
  });
});

/** What is wrong with a result, whatever the reference was. */
function toFault(given: unknown, catalog: Catalog): string | undefined {
  const result = v.parse(referenceResultSchema, given);
  if (result.outcome === "unresolved") {
    const mayHave = result.reason === "ambiguous" || result.reason === "not-served";
    return mayHave || result.candidates.length === 0 ? undefined : "candidates without need";
  }
  const slash = result.apiVersion.indexOf("/");
  const entry = catalog.entries.find(
    (entry) =>
      entry.kind === result.kind &&
      entry.resource === result.resource &&
      entry.group === (slash === -1 ? "" : result.apiVersion.slice(0, slash)) &&
      entry.version === result.apiVersion.slice(slash + 1),
  );
  if (entry === undefined) return "resolved to what nobody serves";
  if (entry.namespaced !== (result.namespace !== null)) return "wrong scope";
  const segments = [result.name, ...(result.namespace === null ? [] : [result.namespace])];
  // What is resolved goes into a URL path, and must be found there as it is.
  const url = new URL(`https://host/${segments.map(encodeURIComponent).join("/")}`);
  const arrived = url.pathname.slice(1).split("/").map(decodeURIComponent);
  return arrived.join(" ") === segments.join(" ") ? undefined : "another path";
}
