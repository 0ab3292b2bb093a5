import type { KubernetesObject } from "../../../events/change.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import type { ActionState } from "../contract/action.ts";
import { readField, readTextMap } from "../../json/read-json.ts";
import { toCluster } from "../contract/cluster.ts";
import { toCause } from "../contract/loop.ts";
import { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import type { CreateOperation, OwnerReference } from "../../operations/operation.ts";
import { readSource, toSourceDigest } from "../../operations/source-digest.ts";
import type { JobChanges } from "../job/job-changes.ts";
import { toJobName } from "../job/job-name.ts";
import type { CronJobAddress } from "./cron-job-address.ts";
import type { CreateJobFromCronJobParameters } from "./parameters.ts";

const TEMPLATE_PATH = "spec.jobTemplate.spec";
const TEMPLATE_METADATA_PATH = "spec.jobTemplate.metadata";
/** As set by `kubectl create job --from`. */
const INSTANTIATE = { "cronjob.kubernetes.io/instantiate": "manual" };

/** Creates the Job as the CronJob controller would, under a name that depends only on the record and the stage. */
export function toCreateOperation(input: {
  readonly state: ActionState<CreateJobFromCronJobParameters>;
  readonly address: CronJobAddress;
  readonly cronJob: KubernetesObject;
  readonly job: CatalogEntry;
  readonly wanted: JobChanges;
}): CreateOperation {
  const { state, address, cronJob, job, wanted } = input;
  const template = readField(cronJob, "spec", "jobTemplate", "metadata");
  // Its labels and annotations need no copy in the plan, as a change of them raises the generation.
  const isPinned = typeof cronJob.metadata["generation"] === "number";
  const owners = toOwnerReferences(state.parameters.owner, address, cronJob.metadata.uid);
  const { group, version, resource, kind, namespace, name } = address;
  const cluster = toCluster(address);
  return {
    type: "create",
    name: "createJobFromCronJob",
    target: {
      group: job.group,
      version: job.version,
      resource: job.resource,
      kind: job.kind,
      namespace,
      name: toJobName(cronJob.metadata.name, readSource(cronJob, TEMPLATE_PATH), toPlace(state)),
      ...cluster,
    },
    metadata: {
      ...toLabels(isPinned ? undefined : readField(template, "labels"), wanted),
      annotations: {
        ...(isPinned ? {} : readTextMap(readField(template, "annotations"))),
        ...INSTANTIATE,
        ...toCauseAnnotations(toCause(state)),
      },
      ownerReferences: owners,
    },
    specFrom: {
      source: {
        group,
        version,
        resource,
        kind,
        namespace,
        name,
        uid: cronJob.metadata.uid,
        ...cluster,
      },
      path: TEMPLATE_PATH,
      ...(isPinned ? { metadataPath: TEMPLATE_METADATA_PATH } : {}),
      digest: toSourceDigest(cronJob, TEMPLATE_PATH),
      ...toGeneration(cronJob),
    },
    ...(wanted.changes === undefined ? {} : { changes: wanted.changes }),
  };
}

function toLabels(
  copied: unknown,
  { labels }: JobChanges,
): { readonly labels?: Readonly<Record<string, string>> } {
  if (copied === undefined && Object.keys(labels).length === 0) return {};
  return { labels: { ...readTextMap(copied), ...labels } };
}

/** Redacted parts are not in the digest; the generation counts changes of them, too. */
function toGeneration(cronJob: KubernetesObject): { readonly generation?: number } {
  const { generation } = cronJob.metadata;
  return typeof generation === "number" ? { generation } : {};
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

function toPlace({ record, stage = 0 }: ActionState<unknown>): readonly string[] {
  return stage === 0 ? [record.name] : [record.name, String(stage)];
}
