import { describe, expect, it } from "vitest";
import { toRawInteger } from "../../../events/json.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { findNamespaceFault, findSelectionFault } from "../../../core/decide/selection.ts";

const POD: KubernetesObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", namespace: "shop", uid: "u", labels: { app: "web" } },
  spec: { nodeName: "node-1", hostNetwork: true, priority: 7, note: "a,b=c\\" },
  status: { phase: "Running", long: toRawInteger(9_007_199_254_740_993n), nothing: null },
};

function isSelected(fieldSelector: string, object: KubernetesObject = POD): boolean {
  return findSelectionFault({ resource: "pods", fieldSelector }, object) === undefined;
}

describe("a field selector", () => {
  it.each([
    ["status.phase=Running", true],
    ["status.phase==Running", true],
    ["status.phase!=Running", false],
    ["status.phase=Pending", false],
    ["status.phase!=Pending", true],
    [" status.phase = Running ", true],
    ["spec.hostNetwork=true", true],
    ["spec.priority=7", true],
    ["status.long=9007199254740993", true],
    ["metadata.name=a,metadata.namespace=shop", true],
    ["metadata.name=a,metadata.namespace=other", false],
    ["metadata.name=b,metadata.namespace=shop", false],
    ["metadata.name=a,", true],
    [",", true],
  ])("%s is %s for the object that it reads", (selector, expected) => {
    expect(isSelected(selector)).toBe(expected);
  });

  it.each(["spec.absent", "status.nothing", "spec.absent.below", "metadata.labels"])(
    "compares the empty text if %s is no text",
    (path) => {
      expect(isSelected(`${path}=`)).toBe(true);
      expect(isSelected(`${path}!=x`)).toBe(true);
      expect(isSelected(`${path}=x`)).toBe(false);
    },
  );

  it("takes escaped commas, equals signs and backslashes as parts of the value", () => {
    expect(isSelected(String.raw`spec.note=a\,b\=c\\`)).toBe(true);
    expect(isSelected(String.raw`spec.note=a\,b\=c\\,metadata.name=a`)).toBe(true);
    expect(isSelected(String.raw`spec.note=a\,b\=c\\,metadata.name=b`)).toBe(false);
  });

  it("that is no selector selects nothing", () => {
    expect(isSelected("status.phase")).toBe(false);
    expect(isSelected("=Running")).toBe(false);
  });

  it("names itself in the reason", () => {
    expect(findSelectionFault({ resource: "pods", fieldSelector: "spec.nodeName=x" }, POD)).toBe(
      "the object's fields do not match spec.nodeName=x",
    );
  });

  it("finds the number of a Job's succeeded Pods under the name of the API server", () => {
    const job = (status: object): KubernetesObject => ({ ...POD, kind: "Job", status });
    expect(isSelected("status.successful=2", job({ succeeded: 2 }))).toBe(true);
    expect(isSelected("status.successful=0", job({}))).toBe(true);
    expect(isSelected("status.successful=0", POD)).toBe(false);
    expect(isSelected("status.failed=0", job({}))).toBe(false);
  });
});

describe("a field selector on Events", () => {
  const toEvent = (fields: object): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", uid: "u" },
    ...fields,
  });

  it.each([
    ["involvedObject.kind=Node", { involvedObject: { kind: "Node" } }],
    ["involvedObject.kind=Node", { regarding: { kind: "Node" } }],
    ["regarding.kind=Node", { involvedObject: { kind: "Node" } }],
    ["source=kubelet", { source: { component: "kubelet" } }],
    ["source=kubelet", { deprecatedSource: { component: "kubelet" } }],
    ["source=kubelet", { reportingComponent: "kubelet" }],
    ["source=kubelet", { reportingController: "kubelet" }],
    ["reportingController=kubelet", { reportingComponent: "kubelet" }],
    ["reportingController=kubelet", { reportingController: "kubelet" }],
    ["reportingComponent=kubelet", { reportingController: "kubelet" }],
    ["reason=Failed", { reason: "Failed" }],
  ])("%s finds the field in either group's Event: %j", (selector, fields) => {
    expect(isSelected(selector, toEvent(fields))).toBe(true);
    expect(isSelected(selector, toEvent({}))).toBe(false);
  });

  it("renames no field of other kinds", () => {
    expect(isSelected("regarding.kind=Node", { ...POD, involvedObject: { kind: "Node" } })).toBe(
      false,
    );
    expect(isSelected("source=x", { ...POD, reportingComponent: "x" })).toBe(false);
    expect(isSelected("reportingController=x", { ...POD, reportingComponent: "x" })).toBe(false);
  });
});

describe("labels", () => {
  it("of the object must match", () => {
    const on = (labelSelector: string) => ({ resource: "pods", labelSelector });
    expect(findSelectionFault(on("app=web"), POD)).toBeUndefined();
    expect(findSelectionFault(on("app=db"), POD)).toBe("the object's labels do not match app=db");
    expect(findSelectionFault(on("((("), POD)).toBe("the object's labels do not match (((");
  });

  it("of its namespace must match, and are none if they are not known", () => {
    const on = { resource: "pods", namespaceSelector: "team=data" };
    const fault = "the labels of the object's namespace do not match team=data";
    expect(findSelectionFault(on, POD, { team: "data" })).toBeUndefined();
    expect(findSelectionFault(on, POD, { team: "web" })).toBe(fault);
    expect(findSelectionFault(on, POD)).toBe(fault);
  });
});

describe("namespaces by name", () => {
  const on = { resource: "pods", namespaces: ["shop", "blog"] };

  it("cover an object in one of them", () => {
    expect(findSelectionFault(on, POD)).toBeUndefined();
    expect(findNamespaceFault(on, "blog")).toBeUndefined();
    expect(findNamespaceFault({ resource: "pods" }, null)).toBeUndefined();
  });

  it("do not cover one elsewhere, or in no namespace", () => {
    expect(findNamespaceFault(on, "other")).toBe(
      "the rule covers the namespaces shop, blog, and the object is in namespace other",
    );
    const node = { ...POD, metadata: { name: "n", uid: "u" } };
    expect(findSelectionFault(on, node)).toBe(
      "the rule covers the namespaces shop, blog, and the object is in no namespace",
    );
  });
});
