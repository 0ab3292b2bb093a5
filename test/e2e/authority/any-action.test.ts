/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { carryChange, EVENT_RESOURCE } from "../../support/functions/carry-change.ts";
import type { Json } from "../../support/functions/remediation-world.ts";
import { installTouch } from "../../support/actions/touch-action.ts";
import {
  ATTACKER,
  startAttackScene,
  toPipeline,
  VICTIM,
  type AttackScene,
} from "./attack-scene.ts";

let scene: AttackScene;

beforeAll(async () => {
  installTouch();
  scene = await startAttackScene();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe("whatever an action would do, a user who may only create Events in their own namespace", () => {
  /** Creates an Event that names the object, and rules that would act upon it. */
  async function expectUntouched(
    path: string,
    written: { readonly regarding?: Json; readonly related?: Json },
    attempts: readonly (readonly [rule: Json, reason: string])[],
    more: Json = {},
  ): Promise<void> {
    const look = async (): Promise<unknown> => {
      const { metadata, spec } = await scene.world.admin.request<Json & KubernetesObject>({
        method: "GET",
        path,
      });
      return { spec, annotations: metadata["annotations"] };
    };
    const before = await look();
    const relation = written.related === undefined ? "involved" : "related";
    for (const [rule, reason] of attempts) {
      const on = { resource: "events.events.k8s.io" };
      const pipeline = toPipeline({ on, then: [{ touch: { relation, ...more } }], ...rule });
      const record = await carryChange(
        scene.world,
        pipeline,
        await scene.writeEvent(written),
        EVENT_RESOURCE,
      );
      expect(record?.status).toMatchObject({ phase: "Refused", reason });
      expect(record?.status?.message).toEqual(expect.any(String));
    }
    expect(await look()).toEqual(before);
  }

  const create = (path: string, body: Json): Promise<KubernetesObject> =>
    scene.world.admin.request({ method: "POST", path, body });

  it("cannot make a Node be drained", async () => {
    const path = "/api/v1/nodes";
    const metadata = { name: "node-1", labels: { "example.com/drain": "never" } };
    const node = await create(path, { metadata });
    const reference = { apiVersion: "v1", kind: "Node", name: "node-1", uid: node.metadata.uid };
    const attempts = [
      [{}, "OutOfReach"],
      [{ reach: [ATTACKER, VICTIM], whereTarget: "true" }, "OutOfReach"],
      [
        { reach: "cluster", whereTarget: `object.metadata.labels["example.com/drain"] == "now"` },
        "TargetRefused",
      ],
      [
        { reach: "cluster", whereTarget: `object.metadata.labels["example.com/broken"] == "yes"` },
        "TargetUnknown",
      ],
    ] as const;
    // Without a namespace the API server accepts it only in `default`; with this false namespace it accepts it anywhere.
    const regarding = { ...reference, namespace: ATTACKER };
    await expectUntouched(`${path}/node-1`, { regarding }, attempts);
    await expectUntouched(`${path}/node-1`, { related: reference }, attempts);
  });

  it("cannot make a Job of another namespace run again", async () => {
    const path = `/apis/batch/v1/namespaces/${VICTIM}/jobs`;
    const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
    const spec = { suspend: true, template: { spec: pod } };
    const job = await create(path, { metadata: { name: "payroll" }, spec });
    const { uid } = job.metadata;
    const reference = {
      apiVersion: "batch/v1",
      kind: "Job",
      name: "payroll",
      namespace: VICTIM,
      uid,
    };
    await expectUntouched(`${path}/payroll`, { regarding: reference }, [
      [{}, "OutOfReach"],
      [{ reach: [ATTACKER], whereTarget: "true" }, "OutOfReach"],
      [{ reach: [VICTIM], whereTarget: "object.spec.suspend == false" }, "TargetRefused"],
    ]);
  });

  it("cannot make the owner of another namespace's Secret restart", async () => {
    const pod = { containers: [{ name: "main", image: "none" }] };
    const template = { metadata: { labels: { app: "vault" } }, spec: pod };
    const deployments = `/apis/apps/v1/namespaces/${VICTIM}/deployments`;
    const vault = await create(deployments, {
      metadata: { name: "vault" },
      spec: { replicas: 0, paused: true, selector: { matchLabels: { app: "vault" } }, template },
    });
    const { uid } = vault.metadata;
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "vault", uid };
    const secret = await create(`/api/v1/namespaces/${VICTIM}/secrets`, {
      metadata: { name: "vault", ownerReferences: [owner] },
    });
    const regarding = {
      apiVersion: "v1",
      kind: "Secret",
      name: "vault",
      namespace: VICTIM,
      uid: secret.metadata.uid,
    };
    const restart = `object.metadata.annotations["example.com/restart"] == "allowed"`;
    await expectUntouched(
      `${deployments}/vault`,
      { regarding },
      [
        [{}, "OutOfReach"],
        [{ reach: [VICTIM], whereTarget: restart }, "TargetUnknown"],
      ],
      { owner: true },
    );
  });

  it("finds no rule that has reach and does not check its target: such a pipeline is rejected", () => {
    const on = { resource: "events.events.k8s.io" };
    for (const reach of ["cluster", [VICTIM]]) {
      expect(() => toPipeline({ on, reach, then: [{ touch: { relation: "involved" } }] })).toThrow(
        /whereTarget is missing: anyone who may create Events can write one about any object/,
      );
    }
  });
});
