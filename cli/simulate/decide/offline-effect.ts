import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { readField } from "../../../core/json/read-json.ts";
import { withoutServerFields } from "../../../core/operations/job-manifest.ts";
import { applyChanges } from "../../../core/operations/json-patch.ts";
import type {
  CreateOperation,
  ManifestOperation,
  ObjectAddress,
  ObjectEffect,
  PatchOperation,
  WriteOperation,
} from "../../../core/operations/operation.ts";
import { toPlainTemplate } from "../../../core/operations/source-digest.ts";
import { toManifest } from "../../../core/operations/to-manifest.ts";
import { pickSent } from "../../../core/preview/pick-sent.ts";
import type { Redact } from "../../../core/redaction/redactor.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import { toScale } from "./offline-executor.ts";
import type { OfflineObjects } from "./offline-objects.ts";

type Deps = {
  readonly record: RemediationRecord;
  readonly objects: OfflineObjects;
  readonly redact: Redact;
};

/** The object before and after, as far as both are known offline, and without what must not leave the cluster. */
export function toOfflineEffect(operation: WriteOperation, deps: Deps): ObjectEffect | undefined {
  if (operation.type === "create") return toCreateEffect(operation, deps);
  if (operation.type === "createManifest") return toManifestEffect(operation, deps);
  return operation.type === "patch" ? toPatchEffect(operation, deps) : undefined;
}

function toCreateEffect(operation: CreateOperation, deps: Deps): ObjectEffect | undefined {
  const source = deps.objects.find(operation.specFrom.source);
  const manifest = source && toManifest(operation, deps.record, source);
  if (manifest?.ok !== true) return undefined;
  // Its source has no redacted parts; these are the paths of what is created.
  return { after: withoutRedacted(manifest.value, [operation.target], deps) };
}

/** The object that would be created; if it takes the place of another one, only where they differ in what is written. */
function toManifestEffect(operation: ManifestOperation, deps: Deps): ObjectEffect {
  const { target, metadata, spec, replaces } = operation;
  const { name, namespace } = target;
  const { labels = {}, ...more } = metadata;
  const labelled = Object.keys(labels).length === 0 ? more : metadata;
  const sent = {
    apiVersion: toApiVersion(target),
    kind: target.kind,
    metadata: { name, ...(namespace === null ? {} : { namespace }), ...labelled },
    spec,
  };
  const after = withoutRedacted(sent, [target], deps);
  const replaced = replaces === true ? deps.objects.find(target) : undefined;
  if (replaced === undefined) return { after };
  const written = withoutServerFields(after);
  // The defaults of the API server are only in the one that exists.
  return { before: pickSent(withoutServerFields(replaced), written), after: written };
}

/** A template that is copied is shown as the source has it. */
function toPatchEffect(operation: PatchOperation, deps: Deps): ObjectEffect | undefined {
  const { target, template, subresource } = operation;
  const found = deps.objects.find(target);
  const before = found && subresource === "scale" ? toScale(found) : found;
  const source = template && deps.objects.find(template.source);
  if (before === undefined || (template !== undefined && source === undefined)) return undefined;
  const to = toPlainTemplate(readField(source, "spec", "template"));
  const copied = template === undefined ? [] : [{ path: ["spec", "template"], to }];
  const after = applyChanges(before, [...copied, ...operation.changes]);
  if (!after.ok) return undefined;
  // What is redacted in the one must not be shown as part of the other.
  const addresses = [target, ...(template === undefined ? [] : [template.source])];
  return {
    before: withoutRedacted(before, addresses, deps),
    after: withoutRedacted(after.value, addresses, deps),
  };
}

function withoutRedacted(
  object: unknown,
  addresses: readonly ObjectAddress[],
  { redact }: Pick<Deps, "redact">,
): KubernetesObject {
  return addresses.reduce(
    (readable, address) => redact(readable, address).object,
    object as KubernetesObject,
  );
}
