import type { ChangedAnswer, ChangeMessage, KubernetesObject } from "../../events/change.ts";
import { toChangeMessage } from "../../core/changes/to-change-message.ts";
import { readTextMap } from "../../core/json/read-json.ts";
import { decide, type Decision } from "../../core/decide/decide.ts";
import type { Pipeline, Watch } from "../../core/pipeline/pipeline.ts";
import { findBoundRules, planWatches } from "../../core/pipeline/watches.ts";
import { findRedactedPaths } from "../../core/redaction/redactor.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { findReferences } from "../../core/references/find-references.ts";

const TIME = "2026-03-01T03:04:06.000Z";

export type DecidedExample = {
  readonly message: ChangeMessage;
  readonly decisions: readonly Decision[];
};

/** The message that the relay sends about an object, whose compared fields have changed, and the decision of normalize about it. */
export function decideExample(
  pipeline: Pipeline,
  object: KubernetesObject,
  changed: ChangedAnswer = "yes",
): DecidedExample {
  const message = toExampleMessage(pipeline, object, LIVE, changed);
  const references = findReferences(message.data.object, builtinCatalog());
  const rules = findBoundRules(pipeline, message.data.watch);
  return { message, decisions: decide({ rules, message, references }) };
}

/** `jobs.batch` is the watch of a Job of `batch/v1`. */
function findWatch(pipeline: Pipeline, object: KubernetesObject): Watch {
  const { apiVersion, kind } = object;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  const name = `${kind.toLowerCase()}s${group}`;
  const found = planWatches(pipeline).find(({ resource }) => resource === name);
  if (found === undefined) throw new Error(`the pipeline does not watch ${name}`);
  return found;
}

const LIVE = { clusterUid: "b0f3a0b2-7a43-4f6a-9a6b-3c0f0d7e0001", time: TIME };

/** The message that the relay sends about an object; `clusterUid` and `time` of a real cluster. */
export function toExampleMessage(
  pipeline: Pipeline,
  object: KubernetesObject,
  live: { readonly clusterUid: string; readonly time: string } = LIVE,
  changed: ChangedAnswer = "yes",
): ChangeMessage {
  const watch = findWatch(pipeline, object);
  const [name = "", ...group] = watch.resource.split(".");
  const resource = {
    group: group.join("."),
    version: object.apiVersion.split("/").at(-1) ?? "v1",
    resource: name,
    kind: object.kind,
    namespaced: object.metadata.namespace !== undefined,
  };
  const origin = {
    cluster: { name: pipeline.cluster.name, uid: live.clusterUid },
    watch: watch.key,
    pipeline: pipeline.digest,
    rules: Object.fromEntries(watch.rules.map(({ id, digest }) => [id, digest])),
    resource,
    redact: findRedactedPaths(pipeline, resource),
  };
  const change = {
    change: "modified",
    object,
    changed: Object.fromEntries(watch.rules.map(({ id }) => [id, changed])),
    resourceVersion: readTextMap(object.metadata)["resourceVersion"] ?? "7",
    epoch: 1,
    time: live.time,
  } as const;
  return toChangeMessage(origin, change).message;
}
