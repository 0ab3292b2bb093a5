import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createScene, type Scene } from "../functions/remediation-scene.ts";
import { createFailedRun } from "../functions/remediation-runs.ts";
import { toRequest } from "../functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  RECORDS,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

const PIPELINE = toPipeline({ guards: { mode: "approval", approveWithin: "1h" } });
export const ALICE = "system:serviceaccount:default:alice";

/** The change by which a user decides. */
export const toApproval = (by: string, decision = "approve", reason?: string): object => ({
  spec: { approval: { decision, by, reason } },
});

/** A remediation that waits for approval, with the run that triggered it. */
interface Asked {
  readonly scene: Scene;
  readonly request: RemediationRequest;
  readonly cronJob: JobObject;
  readonly job: JobObject;
}

/** An API server with its admission policy, and a user who may write records. */
export class ApprovalWorld {
  readonly world: RemediationWorld;
  readonly alice: KubernetesClient;

  private constructor(world: RemediationWorld, alice: KubernetesClient) {
    this.world = world;
    this.alice = alice;
  }

  static async start(): Promise<ApprovalWorld> {
    const world = await startRemediationWorld({ admission: true });
    return new ApprovalWorld(world, await world.createUser("alice"));
  }

  async statusOf(request: RemediationRequest): Promise<RecordStatus | undefined> {
    return (await getRecord(this.world, request.data.record))?.status;
  }

  async jobsOf(request: RemediationRequest): Promise<readonly JobObject[]> {
    return findJobsOf(this.world, request.data.record);
  }

  /** Delivers a request whose remediation then waits for approval. */
  async ask(name: string): Promise<Asked> {
    const scene = createScene(this.world, PIPELINE);
    const made = await createFailedRun(this.world, name);
    const request = toRequest(this.world, made.job, { pipeline: PIPELINE, mode: "approval" });
    const verdict = await scene.deliver(request);
    if (verdict.outcome !== "done") throw new Error(JSON.stringify(verdict));
    return { scene, request, ...made };
  }
}

/** Sends a change of the record of a request as a user. */
export async function patchRecord(
  user: KubernetesClient,
  request: RemediationRequest,
  body: object,
  subresource = "",
): Promise<unknown> {
  return user.request({
    method: "PATCH",
    path: `${RECORDS}/${request.data.record}${subresource}`,
    contentType: "application/merge-patch+json",
    body,
  });
}
