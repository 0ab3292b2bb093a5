import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import {
  planOtherPermissions,
  planPermissions,
} from "../../../core/pipeline/rights/permissions.ts";
import {
  createActionRequest,
  readActionTarget,
  toActionPipeline,
} from "../../support/actions/action-scene.ts";
import { BACKUP, toReachingDeps, withBackup } from "../../support/clusters/reaching-deps.ts";
import { REMOTE_CASES } from "../../support/clusters/remote-cases.ts";
import { startTwoClusters, type TwoClusters } from "../../support/clusters/start-two-clusters.ts";
import type { TargetCluster } from "../../support/clusters/target-cluster.ts";
import { toRight } from "../../support/functions/count-rights.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import { createObject } from "../../support/functions/many-targets.ts";
import { getRecord, type RemediationWorld } from "../../support/functions/remediation-world.ts";
import { deliverRequest } from "../../support/functions/test-run.ts";
import { watchClient } from "../../support/kubernetes/failing-client.ts";

let clusters: TwoClusters;
let world: RemediationWorld;
let backup: TargetCluster;
let there: RemediationWorld;

beforeAll(async () => {
  clusters = await startTwoClusters();
  ({ world, backup, there } = clusters);
  await createObject(world, "serviceaccounts", "default", { metadata: { name: "default" } });
});

afterAll(async () => {
  await clusters?.[Symbol.asyncDispose]();
});

describe.each(REMOTE_CASES.map((one, index) => ({ ...one, index })))(
  "$action in another cluster, of an older minor version ($index)",
  (one) => {
    it("changes the twin there, and nothing here, under exactly the rights that are printed for both clusters", async () => {
      const name = `remote-${one.index}`;
      // The twin of a Node is another object in no namespace.
      const more = one.resource === "nodes" ? { reach: "cluster" } : {};
      const pipeline = withBackup(toActionPipeline(one, more), backup.controlPlane.kubeconfig);
      const [elsewhere] = planOtherPermissions(pipeline, builtinCatalog());
      const grants = elsewhere?.remediate ?? [];
      const own = planPermissions(pipeline, builtinCatalog()).remediate;
      const client = await connectWithGrants(world, name, own);
      const remote = watchClient(await connectWithGrants(backup, name, grants));
      const request = await createActionRequest(world, one, name, pipeline);
      await createActionRequest(there, one, name, pipeline);
      const before = await readActionTarget(world, one, name);
      const deps = toReachingDeps(world, { client, pipeline }, remote);
      expect(await deliverRequest(request, deps)).toEqual({ outcome: "done" });
      const record = await getRecord(world, request.data.record);
      expect(record?.status).toMatchObject({ phase: "Succeeded" });
      const after = await readActionTarget(there, one, name);
      // A target that is gone is null.
      expect({ after }).toMatchObject({ after: one.expected });
      expect(await readActionTarget(world, one, name)).toEqual(before);
      expect(record?.status?.message).toContain(`in cluster ${BACKUP}`);
      const used = new Set(remote.requests.map(toRight));
      const granted = grants.flatMap(({ rules }) =>
        rules.flatMap(({ apiGroups, resources, verbs }) =>
          verbs.map((verb) => `${verb} ${resources.join()}.${apiGroups.join()}`),
        ),
      );
      const unused = granted.filter((right) => !used.has(right) && right !== "get namespaces.");
      expect(unused).toEqual([]);
      await Promise.all([client.close(), remote.close()]);
    });
  },
);
