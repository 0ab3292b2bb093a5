import { sha256 } from "../../../events/ids.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import type { ActionState } from "../contract/action.ts";
import { readField, readTextMap } from "../../json/read-json.ts";
import { toCauseAnnotations } from "../../operations/cause-annotations.ts";
import type { CreateOperation, OwnerReference } from "../../operations/operation.ts";
import { toSourceDigest } from "../../operations/source-digest.ts";
import type { CronJobAddress } from "./cron-job-address.ts";
import type { CreateJobFromCronJobParameters } from "./parameters.ts";

const TEMPLATE_PATH = "spec.jobTemplate.spec";
/** As set by `kubectl create job --from`. */
const INSTANTIATE = { "cronjob.kubernetes.io/instantiate": "manual" };

/**
 * The name of a Job becomes a label of its Pods, so it has at most 63 characters. The Pods of an Indexed Job are named
 * `<job>-<index>` within the same limit, so 6 characters are reserved for the index.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#writing-a-job-spec
 */
const NAME_MAX_LENGTH = 63 - 6;
const NAME_DIGEST_LENGTH = 12;

/** Creates the Job as the CronJob controller would, under a name that depends only on the record and the stage. */
export function toCreateOperation(input: {
  readonly state: ActionState<CreateJobFromCronJobParameters>;
  readonly address: CronJobAddress;
  readonly cronJob: KubernetesObject;
  readonly job: CatalogEntry;
}): CreateOperation {
  const { state, address, cronJob, job } = input;
  const template = readField(cronJob, "spec", "jobTemplate", "metadata");
  const owners = toOwnerReferences(state.parameters.owner, address, cronJob.metadata.uid);
  const { group, version, resource, kind, namespace, name } = address;
  return {
    type: "create",
    name: "createJobFromCronJob",
    target: {
      group: job.group,
      version: job.version,
      resource: job.resource,
      kind: job.kind,
      namespace,
      name: toJobName(name, state.record.name, state.stage ?? 0),
    },
    metadata: {
      labels: readTextMap(readField(template, "labels")),
      annotations: {
        ...readTextMap(readField(template, "annotations")),
        ...INSTANTIATE,
        ...toCauseAnnotations({
          record: state.record.name,
          depth: state.depth + 1,
          now: state.now,
          identity: state.record,
        }),
      },
      ownerReferences: owners,
    },
    specFrom: {
      source: { group, version, resource, kind, namespace, name, uid: cronJob.metadata.uid },
      path: TEMPLATE_PATH,
      digest: toSourceDigest(cronJob, TEMPLATE_PATH),
    },
  };
}

function toOwnerReferences(
  owner: CreateJobFromCronJobParameters["owner"],
  address: CronJobAddress,
  uid: string,
): readonly OwnerReference[] {
  if (owner === "none") return [];
  const isController = owner === "controller";
  // From the address, whose version is served. The API server would store any version, and garbage collection would then fail.
  const apiVersion = `${address.group}/${address.version}`;
  return [
    {
      apiVersion,
      kind: address.kind,
      name: address.name,
      uid,
      controller: isController,
      blockOwnerDeletion: isController,
    },
  ];
}

function toJobName(cronJob: string, record: string, stage: number): string {
  const parts = stage === 0 ? [record] : [record, String(stage)];
  const digest = sha256(...parts).slice(0, NAME_DIGEST_LENGTH);
  const head = cronJob.slice(0, NAME_MAX_LENGTH - NAME_DIGEST_LENGTH - 1).replace(/[-.]+$/, "");
  return `${head}-${digest}`;
}
