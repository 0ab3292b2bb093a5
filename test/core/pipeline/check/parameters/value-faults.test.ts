import { describe, expect, it } from "vitest";
import { findValueFaults } from "../../../../../core/pipeline/check/parameters/value-faults.ts";
import { loadBuiltinTypes } from "../../../../../core/schemas/builtin-types.ts";

const findType = await loadBuiltinTypes();
const type = findType("jobs.batch");

function find(container: object, pod: object = {}): readonly string[] {
  if (type === undefined) throw new Error("jobs.batch is unknown");
  const spec = { ...pod, containers: [{ name: "a", image: "a", ...container }] };
  return findValueFaults(type, { spec: { template: { spec } } }, []).map(({ message }) => message);
}

describe("a Pod template", () => {
  it.each([
    { resources: { limits: { cpu: 1, memory: "1Gi" }, requests: { cpu: 0.5 } } },
    { livenessProbe: { httpGet: { port: "http" }, initialDelaySeconds: 3 } },
    { livenessProbe: { httpGet: { port: 80 } } },
    { securityContext: { runAsUser: 1000, capabilities: { drop: ["ALL"] } } },
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
  ])("may have %j", (container) => {
    expect(find(container)).toEqual([]);
  });

  it("may have an empty volume of a size, and tolerations", () => {
    const pod = {
      volumes: [{ name: "v", emptyDir: { sizeLimit: "1Gi" } }],
      tolerations: [{ operator: "Exists" }],
      nodeSelector: { "kubernetes.io/os": "linux" },
    };
    expect(find({}, pod)).toEqual([]);
  });

  it("has each of its faults at its own place", () => {
    expect(find({ args: "a", stdin: "yes", ports: [{ containerPort: 1.5 }] })).toEqual([
      'args is a list, and not "a"',
      'stdin is true or false, and not "yes"',
      "containerPort is a whole number, and not 1.5",
    ]);
  });
});
