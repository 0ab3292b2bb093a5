import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isKubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import {
  RECORDS,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { deliverRequest } from "../../support/functions/test-run.ts";

type Labels = Readonly<Record<string, string | null>>;

describe("the labels of records on a real API server with its admission policy", () => {
  let world: RemediationWorld;
  let approver: KubernetesClient;
  let path: string;

  beforeAll(async () => {
    world = await startRemediationWorld({ admission: true });
    approver = await world.createUser("approver");
    const pipeline = toPipeline();
    const { job } = await createFailedRun(world, "labelled");
    const request = toRequest(world, job, { pipeline });
    await deliverRequest(request, toDeps(world, { pipeline }));
    path = `${RECORDS}/${request.data.record}`;
  });

  afterAll(async () => {
    await world?.stop();
  });

  const label = (user: KubernetesClient, labels: Labels | null) =>
    user.request<{ readonly metadata: { readonly labels: Json } }>({
      method: "PATCH",
      path,
      contentType: "application/merge-patch+json",
      body: { metadata: { labels } },
    });

  it.each<[string, Labels | null]>([
    ["another rule", { "kubemend.dev/rule": "zzz" }],
    ["another target", { "kubemend.dev/target": "0123" }],
    ["another part for the sweep", { "kubemend.dev/shard": "ff" }],
    ["no mode", { "kubemend.dev/mode": null }],
    ["a controller that it does not have", { "kubemend.dev/controller": "0123" }],
    ["no labels at all", null],
  ])("nobody gives a record %s, whatever RBAC allows", async (_what, labels) => {
    for (const user of [approver, world.admin]) {
      const answer = await label(user, labels).then(
        () => "let through",
        (error: unknown) =>
          isKubemendError(error, "AdmissionDenied") ? error.message : String(error),
      );
      expect(answer).toMatch(/labels .* cannot be changed/);
    }
  });

  it("other labels can be set and removed", async () => {
    const labelled = await label(approver, { team: "data", "example.com/seen": "yes" });
    expect(labelled.metadata.labels).toMatchObject({
      team: "data",
      "example.com/seen": "yes",
      "kubemend.dev/rule": "rerun",
    });
    const removed = await label(approver, { team: null });
    expect(removed.metadata.labels).not.toHaveProperty("team");
  });
});
