import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FoundReference } from "../../../../events/reference.ts";
import {
  selectReference,
  type ReferenceSelector,
} from "../../../../core/actions/contract/select-reference.ts";

function toFound(field: string, relation: string, name: string, kind = "CronJob"): FoundReference {
  return {
    field,
    relation,
    result: {
      outcome: "resolved",
      apiVersion: "batch/v1",
      kind,
      resource: `${kind.toLowerCase()}s`,
      namespace: "data",
      name,
      provenance: "explicit",
    },
  };
}

const UNRESOLVED: FoundReference = {
  field: "related",
  relation: "related",
  result: { outcome: "unresolved", reason: "ambiguous", candidates: ["a/v1", "b/v1"] },
};

function select(references: readonly FoundReference[], selector: ReferenceSelector): string {
  const selected = selectReference(references, selector, "Event e");
  return selected.ok ? selected.value.field : selected.error.reason;
}

describe("selectReference", () => {
  const references = [
    toFound("metadata.ownerReferences[0]", "owner", "a", "Job"),
    toFound("metadata.ownerReferences[1]", "controller", "b"),
    toFound("involvedObject", "involved", "c"),
    toFound("regarding", "involved", "c"),
  ];

  it.each<[string, ReferenceSelector, string]>([
    [
      "the only one of a relation and kind",
      { relation: "owner", kind: "CronJob" },
      "metadata.ownerReferences[1]",
    ],
    ["a controller is an owner", { relation: "controller" }, "metadata.ownerReferences[1]"],
    ["several owners", { relation: "owner" }, "Ambiguous"],
    ["one of several by its place", { relation: "owner", index: 0 }, "metadata.ownerReferences[0]"],
    ["no such place", { relation: "owner", index: 2 }, "Missing"],
    ["the same object in two places is one", { relation: "involved" }, "involvedObject"],
    ["no such kind", { relation: "involved", kind: "Node" }, "Missing"],
    ["no such relation", { relation: "related" }, "Missing"],
  ])("%s", (_, selector, expected) => {
    expect(select(references, selector)).toBe(expected);
  });

  it("says why the reference that may be meant is not resolved", () => {
    const selected = selectReference(
      [UNRESOLVED],
      { relation: "related", kind: "Node" },
      "Event e",
    );
    expect(selected).toEqual({
      ok: false,
      error: {
        reason: "Unresolved",
        message: "related of Event e cannot be resolved: ambiguous (candidates: a/v1, b/v1)",
      },
    });
  });

  it("never chooses one of several different objects, in whatever order they are", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(names, (list) => {
        const found = list.map((name, index) => toFound(`f${index}`, "target", name));
        expect(select(found, { relation: "target" })).toBe("Ambiguous");
      }),
      { numRuns: 100 },
    );
  });
});
