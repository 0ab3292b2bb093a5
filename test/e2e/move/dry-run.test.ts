import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { GROUP, toPath } from "../../support/move/cluster-api.ts";
import { startCommandScene, toWhat, type CommandScene } from "../../support/move/command-scene.ts";
import type { Sides } from "../../support/move/check-move.ts";

const MERGE = "application/merge-patch+json";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

describe("kubemend move, before the point of no return", () => {
  let scene: CommandScene;
  beforeAll(async () => {
    scene = await startCommandScene();
  });
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  const toVersions = ({ source, target }: Sides) =>
    [source, target].map((side) =>
      [...side].map(([key, { metadata }]) => [key, metadata.uid, toVersion(metadata)]),
    );
  const listMoves = async (): Promise<readonly string[]> => {
    type List = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
    const path = "/apis/kubemend.dev/v1alpha1/moves";
    const { items } = await scene.world.source.request<List>({ method: "GET", path });
    return items.map(({ metadata }) => metadata.name);
  };

  it("sends every write to both API servers with --dry-run, and nothing is stored", async () => {
    const { namespace, read } = await scene.renew();
    const versions = toVersions(await read());
    const { code, stdout, writes } = await scene.lane.run([...toWhat(namespace), "--dry-run"]);
    expect(code).toBe(0);
    expect(toVersions(await read())).toEqual(versions);
    expect(await listMoves()).toEqual([]);
    const asked = (side: string, method: string) =>
      writes.filter((one) => one.side === side && one.what.startsWith(method)).length;
    const count = versions[0]?.length;
    expect([asked("source", "DELETE"), asked("source", "PATCH")]).toEqual([count, 1]);
    expect([asked("target", "PATCH"), asked("target", "DELETE")]).toEqual([count, 0]);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        `Cluster ${namespace}/web: pause in the source: accepted`,
        `Machine ${namespace}/web-1-1: create in the target: accepted`,
        `Machine ${namespace}/web-1-1: wait until it is gone: not checkable, needs its deletion to be accepted`,
        `Cluster ${namespace}/web: resume in the target: not checkable, needs its copy`,
      ]),
    );
    expect(stdout).not.toContain("refused");
  });

  it("sees with --dry-run that a policy of the target refuses an object", async () => {
    const { namespace, read } = await scene.renew();
    await refuseIn(scene.world.target, namespace);
    const versions = toVersions(await read());
    const dryRun = () => scene.lane.run([...toWhat(namespace), "--dry-run"]);
    // A policy is in force some time after it was created.
    await expect
      .poll(async () => (await dryRun()).stdout, { timeout: 60_000 })
      .toContain(": refused");
    const { code, stdout } = await dryRun();
    expect(code).toBe(1);
    expect(stdout.split("\n").filter((line) => line.includes("refused"))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Machine ${namespace}/web-1-1: create in the target: refused, .*no machines here`,
        ),
      ),
    ]);
    expect(toVersions(await read())).toEqual(versions);
  });

  it("lists references to what does not move in the plan and at the end, and the time for which something was paused", async () => {
    const { namespace, args } = await scene.renew();
    const reference = `Cluster ${namespace}/web spec.cloudRef: Secret ${namespace}/cloud-account`;
    const plan = await scene.lane.run([...toWhat(namespace), "--plan"]);
    expect(plan.stdout).toContain(reference);
    const moved = await scene.lane.run(args);
    expect(moved.stdout).toContain(reference);
    expect(moved.stdout).toMatch(/objects were paused on both sides for \d+s/);
  });

  it.each([
    { side: "source", what: "PUT movesteps" },
    { side: "source", what: "PATCH clusters" },
    { side: "target", what: "PATCH machinesets" },
    { side: "target", what: "PATCH machines" },
  ] as const)(
    "restores the sources exactly with --rollback after it was killed at $what in the $side",
    async (write) => {
      const { namespace, args, read } = await scene.renew();
      const path = toPath("clusters", namespace, "web");
      const body = { spec: null };
      await scene.world.source.request({ method: "PATCH", path, contentType: MERGE, body });
      const before = toBare(await read());
      expect(before.source.find(({ key }) => key === "clusters/web")).not.toHaveProperty("spec");
      const killed = await scene.lane.run(args, { write, when: "after" });
      expect(killed.isKilled).toBe(true);
      const { code, stdout } = await scene.lane.run(["--rollback", namespace]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining("the sources are as they were"),
      });
      expect(toBare(await read())).toEqual({ source: before.source, target: [] });
    },
  );
});

/** The objects without the fields that any write changes. */
function toBare({ source, target }: Sides) {
  const [bareSource, bareTarget] = [source, target].map((side) =>
    [...side].map(([key, { metadata, ...rest }]) => {
      const { resourceVersion: _version, generation: _generation, ...kept } = toRecord(metadata);
      const { managedFields: _fields, ...stable } = kept;
      return { key, metadata: stable, ...rest };
    }),
  );
  return { source: bareSource ?? [], target: bareTarget ?? [] };
}

function toVersion(metadata: object): unknown {
  return toRecord(metadata)["resourceVersion"];
}

function toRecord(metadata: object): Readonly<Record<string, unknown>> {
  return { ...metadata };
}

/** Creates a policy by which a namespace takes no Machines. */
async function refuseIn(client: KubernetesClient, namespace: string): Promise<void> {
  const name = "no-machines.example.com";
  const create = (plural: string, kind: string, spec: object) =>
    client.request({
      method: "POST",
      path: `${ADMISSION}/${plural}`,
      body: { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, spec },
    });
  const rule = {
    apiGroups: [GROUP],
    apiVersions: ["*"],
    resources: ["machines"],
    operations: ["CREATE"],
  };
  await create("validatingadmissionpolicies", "ValidatingAdmissionPolicy", {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: [rule] },
    validations: [
      { expression: `request.namespace != "${namespace}"`, message: "no machines here" },
    ],
  });
  await create("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", {
    policyName: name,
    validationActions: ["Deny"],
  });
}
