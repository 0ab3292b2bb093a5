import { describe, expect, it } from "vitest";
import { findSelectorFaults } from "../../../../../core/pipeline/check/parameters/selector-faults.ts";

const find = (select: object): readonly string[] =>
  findSelectorFaults({
    action: "deleteObject",
    parameters: { targets: { select: { resource: "pods", ...select } } },
  }).map(({ message }) => message);

describe("selectors of targets", () => {
  it.each([
    { fieldSelector: "status.phase=Failed,metadata.namespace!=kube-system" },
    { fieldSelector: { cel: "'spec.nodeName=' + object.metadata.name" } },
    // What the object says is known only when the rule acts.
    { fieldSelector: { cel: "object.metadata.annotations['select']" } },
    { labelSelector: "app=web,tier in (a, b),!old,example.com/team!=x" },
    { labelSelector: { cel: "'app in (' + object.metadata.name + ')'" } },
    { resource: "widgets.example.com", fieldSelector: "spec.color=red" },
  ])("%j is accepted", (select) => {
    expect(find(select)).toEqual([]);
  });

  it("a faulty expression is no fault of its selector", () => {
    expect(find({ fieldSelector: { cel: "'spec.x=' +" } })).toEqual([]);
  });
});
