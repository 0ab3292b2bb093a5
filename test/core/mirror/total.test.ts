import fc from "fast-check";
import { expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { findDrift, findStatusDrift } from "../../../core/mirror/find-drift.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import { readProvenance } from "../../../core/mirror/provenance.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { arbitrarySource } from "../../support/mirror/arbitrary-sources.ts";
import { toContext, toSource } from "../../support/mirror/mirror-case.ts";

const OWNED = ["f:spec", "f:data", "k:{", 'k:{"name":"a"}', 'v:"a"', "."] as const;
const FIELDS = ["name", "spec", "template", "metadata", "containers", "image", "ports"] as const;
const KEYS = [...OWNED, ...FIELDS, "labels", "volumes", "__proto__"] as const;

/** JSON in which the keys that the mirror reads come often, with values of any type. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.jsonValue({ maxDepth: 1 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 4 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
})).value;

const managedFields = fc.array(
  fc.record({ manager: fc.constant("kubemend"), operation: fc.constant("Apply"), fieldsV1: json }),
  { maxLength: 2 },
);

it("whatever an API server answers, a copy is compared with it", () => {
  fc.assert(
    fc.property(arbitrarySource, json, managedFields, (one, fields, managed) => {
      const context = toContext({ status: true }, { type: one.type });
      const judged = judgeSource(one.source, context);
      if (judged.outcome !== "mirrored") return;
      const { manifest, status } = judged.desired;
      const live = {
        spec: fields,
        data: fields,
        status: fields,
        metadata: { managedFields: managed },
      };
      for (const value of [fields, live]) {
        expect(() => findDrift(manifest, value)).not.toThrow();
        expect(() => findStatusDrift(status, value)).not.toThrow();
        expect(() => readProvenance(value)).not.toThrow();
      }
    }),
  );
});

it("whatever an object contains, it is decided what becomes of its copy", () => {
  const identity = { name: "a", namespace: "shop", uid: "u", resourceVersion: "1" };
  const written = {
    images: [{ from: "a", to: "b" }],
    fields: {
      set: { "spec.template.x": 1, "spec.l[name=a].b": 2 },
      remove: ["data", "spec.ports"],
    },
    labels: { set: { a: { cel: "string(object.metadata.name)" } } },
  };
  fc.assert(
    fc.property(arbitrarySource, json, json, ({ type }, fields, marks) => {
      const metadata = { ...identity, labels: marks, annotations: marks, ownerReferences: marks };
      const source = toSource({ spec: fields, data: fields, subjects: fields, metadata });
      const context = toContext(written, { type });
      const judged = judgeSource(source, context);
      const target = { ...source, kind: type.kind } as KubernetesObject;
      const decided = decideMirror({
        rule: context.rule,
        mirror: context.mirror,
        clusterUid: "c",
        targetUid: "uid-of-cluster-b",
        isCopiedBack: false,
        place: { namespace: "shop", name: "a" },
        source: judged,
        target,
        otherRules: new Set(),
      });
      expect(["conflict", "refused", "nothing"]).toContain(decided.outcome);
    }),
  );
});
