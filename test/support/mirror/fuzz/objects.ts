import fc from "fast-check";
import type { Body } from "./body.ts";
import { PLAIN_KINDS } from "./plain-kinds.ts";
import { POLICY_KINDS } from "./policy-kinds.ts";
import { thing } from "./things.ts";
import { annotations, labels, some } from "./values.ts";
import { WORKLOAD_KINDS } from "./workload-kinds.ts";

/** An object as somebody writes it, without its name; an API server may refuse it. */
export type FuzzedObject = {
  /** `deployments.apps` */
  readonly resource: string;
  readonly metadata: Record<string, unknown>;
  readonly body: Record<string, unknown>;
  /** The contents that the same object is changed to. */
  readonly changed: {
    readonly metadata: Record<string, unknown>;
    readonly body: Record<string, unknown>;
  };
};

const metadata = some({
  labels,
  annotations,
  finalizers: fc.constant(["example.com/hold"]),
  ownerReferences: fc.constant([
    {
      apiVersion: "example.org/v1",
      kind: "Widget",
      name: "owner",
      uid: "6a1f4c52-0000-4000-8000-000000000000",
    },
  ]),
});

const BODIES: Readonly<Record<string, Body>> = {
  ...PLAIN_KINDS,
  ...WORKLOAD_KINDS,
  ...POLICY_KINDS,
  "things.example.com": thing,
};

/** The mirrored resources of the fuzz. */
export const FUZZED_RESOURCES: readonly string[] = Object.keys(BODIES);

export const fuzzedObject: fc.Arbitrary<FuzzedObject> = fc
  // Custom resources have the most ways to be merged.
  .constantFrom(...FUZZED_RESOURCES, "things.example.com", "things.example.com")
  .chain((resource) => {
    const body = BODIES[resource] ?? fc.constant({});
    const written = fc.record({ metadata, body });
    const isReversed = fc.integer({ min: 0, max: 3 }).map((one) => one === 3);
    return fc
      .record({ resource: fc.constant(resource), metadata, body, changed: written, isReversed })
      .map(({ isReversed: mayReverse, changed, ...object }) => ({
        ...object,
        changed: mayReverse ? { ...changed, body: reverseLists(object.body) } : changed,
      }));
  });

/** The same object with its lists in another order, which means something in many of them. */
function reverseLists<T>(value: T): T {
  if (Array.isArray(value)) return value.toReversed().map(reverseLists) as T;
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, reverseLists(field)]);
  return Object.fromEntries(fields) as T;
}
