import fc from "fast-check";
import { memory, some } from "./values.ts";

/** Everything of an object but its metadata. */
export type Body = fc.Arbitrary<Record<string, unknown>>;

/** The selector of workloads, and of objects about workloads. */
export const selector: object = { matchLabels: { app: "web" } };

/** The spec of a claim of storage. */
export const claimSpec: fc.Arbitrary<object> = some(
  {
    accessModes: fc.constantFrom(["ReadWriteOnce"], ["ReadOnlyMany", "ReadWriteMany"]),
    resources: fc.record({ requests: fc.record({ storage: memory }) }),
    storageClassName: fc.constantFrom("", "fast"),
    volumeMode: fc.constantFrom("Filesystem", "Block"),
    selector: fc.constant(selector),
  },
  ["accessModes", "resources"],
);

/** An object that is a spec and nothing else. */
export function spec(fields: fc.Arbitrary<object>): Body {
  return fc.record({ spec: fields });
}
