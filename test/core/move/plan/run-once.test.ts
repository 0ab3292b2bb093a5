import { describe, expect, it } from "vitest";
import { planCase } from "./plan-case.ts";
import { toObject } from "./set-objects.ts";

describe("objects that stand for one piece of work", () => {
  it.each([
    "jobs.batch",
    "workflows.argoproj.io",
    "restores.velero.io",
    "pipelineruns.tekton.dev",
    "certificaterequests.cert-manager.io",
  ])("%s do not move, because the work would be done again", (resource) => {
    const { problems } = planCase({ objects: [toObject(resource, "done")], select: ["done"] });
    expect(problems).toMatchObject([
      {
        code: "Bound",
        reason: expect.stringContaining("again; create it in the target"),
        wayOut: expect.stringContaining(`--remade ${resource}`),
      },
    ]);
  });

  it("go with the owner that makes them, as a Certificate with its requests", () => {
    const objects = [
      toObject("certificates.cert-manager.io", "tls"),
      toObject("certificaterequests.cert-manager.io", "tls-1", { owners: ["tls"] }),
      toObject("orders.acme.cert-manager.io", "tls-1-1", { owners: ["tls-1"] }),
    ];
    const { problems, remade, objects: moved } = planCase({ objects, select: ["tls"] });
    expect([problems, moved.map(({ name }) => name)]).toEqual([[], ["tls"]]);
    expect(remade.map(({ resource }) => resource)).toEqual([
      "certificaterequests.cert-manager.io",
      "orders.acme.cert-manager.io",
    ]);
  });

  it("go with the owner also if the Move says so", () => {
    const objects = [
      toObject("cronworkflows.argoproj.io", "nightly"),
      toObject("workflows.argoproj.io", "nightly-1", { owners: ["nightly"] }),
    ];
    const input = { objects, select: ["nightly"] };
    expect(planCase(input).problems).toMatchObject([{ code: "Bound" }]);
    expect(planCase({ ...input, spec: { remade: ["workflows.argoproj.io"] } }).problems).toEqual(
      [],
    );
  });
});

describe("snapshots", () => {
  it("do not move, because their data may be deleted with them", () => {
    const snapshot = toObject("volumesnapshots.snapshot.storage.k8s.io", "daily");
    expect(planCase({ objects: [snapshot], select: ["daily"] }).problems).toMatchObject([
      { code: "Bound", reason: expect.stringContaining("its data stays in its cluster") },
    ]);
  });
});
