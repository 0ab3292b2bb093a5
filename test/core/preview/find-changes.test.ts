import { expect, it } from "vitest";
import { toRawInteger } from "../../../events/json.ts";
import { findObjectChanges } from "../../../core/preview/find-changes.ts";

const toObject = (spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "web", ...metadata },
  spec,
});

it("a field that differs is found at its place, a field that is the same is not", () => {
  const changes = findObjectChanges(
    toObject({ replicas: 1, paused: false }),
    toObject({ replicas: 3, paused: false }),
  );
  expect(changes).toEqual([{ path: ["spec", "replicas"], from: 1, to: 3 }]);
});

it("an element of a list is found by its name, wherever it is", () => {
  const changes = findObjectChanges(
    toObject({
      containers: [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1" },
      ],
    }),
    toObject({
      containers: [
        { name: "b", image: "b:2" },
        { name: "a", image: "a:1" },
      ],
    }),
  );
  expect(changes).toEqual([
    { path: ["spec", "containers", { name: "b" }, "image"], from: "b:1", to: "b:2" },
  ]);
});

it("an element that is added to a list, or removed from it, is one change", () => {
  const one = { key: "a", effect: "NoSchedule" };
  const other = { key: "a", effect: "NoExecute" };
  const [before, after] = [toObject({ taints: [one] }), toObject({ taints: [one, other] })];
  const path = ["spec", "taints", other];
  expect(findObjectChanges(before, after)).toEqual([{ path, to: other }]);
  expect(findObjectChanges(after, before)).toEqual([{ path, from: other }]);
});

it("a list whose elements cannot be distinguished is one value", () => {
  const [from, to] = [["-v"], ["-v", "-q"]];
  expect(findObjectChanges(toObject({ args: from }), toObject({ args: to }))).toEqual([
    { path: ["spec", "args"], from, to },
  ]);
});

it("of a new object every part is a change", () => {
  const object = toObject({ a: 1 });
  expect(findObjectChanges(undefined, object)).toEqual([
    { path: ["apiVersion"], to: "v1" },
    { path: ["kind"], to: "Thing" },
    { path: ["spec"], to: { a: 1 } },
    { path: ["metadata"], to: { name: "web" } },
  ]);
});

it("what the API server counts, the status and the marks of Kubemend are no changes", () => {
  const marks = {
    "kubemend.dev/cause": "r",
    "kubemend.dev/depth": "1",
    "kubemend.dev/at": "2026-03-01T10:00:00.000Z",
    "kubemend.dev/record": "kubemend/u",
    "kubemend.dev/digest": "d",
    "kubemend.dev/rules": "scale=2026-03-01T10:00:00.000Z",
  };
  const before = { ...toObject({ template: { metadata: {} } }), status: { ready: 1 } };
  const after = {
    ...toObject(
      { template: { metadata: { annotations: marks } } },
      { generation: 2, resourceVersion: "7", uid: "u", managedFields: [], annotations: marks },
    ),
    status: { ready: 0 },
  };
  expect(findObjectChanges(before, after)).toEqual([]);
});

it("an annotation of somebody else is a change, beside the marks", () => {
  const annotations = { "kubemend.dev/cause": "r", team: "data" };
  expect(findObjectChanges(toObject({}), toObject({}, { annotations }))).toEqual([
    { path: ["metadata", "annotations"], to: { team: "data" } },
  ]);
});

it("an integer beyond 2^53 is compared by its digits", () => {
  const toLarge = (digits: string) => toObject({ id: toRawInteger(BigInt(digits)) });
  const digits = "9007199254740993";
  expect(findObjectChanges(toLarge(digits), toLarge(digits))).toEqual([]);
  expect(findObjectChanges(toLarge(digits), toLarge("9007199254740995"))).toHaveLength(1);
});

it("a new object is without the defaults of Pods, which it has from a live object; a changed one is not", () => {
  const defaults = {
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  };
  const image = { name: "main", image: "a:1" };
  const container = {
    ...image,
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
  const toJob = (spec: object): object => ({ kind: "Job", spec: { template: { spec } } });
  const job = toJob({ ...defaults, containers: [container] });
  expect(findObjectChanges(undefined, job)).toEqual(
    findObjectChanges(undefined, toJob({ containers: [image] })),
  );
  const other = toJob({
    dnsPolicy: "Default",
    containers: [{ ...image, resources: { limits: {} } }],
  });
  expect(JSON.stringify(findObjectChanges(undefined, other))).toMatch(/Default.*limits/);
  const before = toJob({ ...defaults, dnsPolicy: "Default", containers: [container] });
  expect(findObjectChanges(before, job)).toEqual([
    { path: ["spec", "template", "spec", "dnsPolicy"], from: "Default", to: "ClusterFirst" },
  ]);
});
