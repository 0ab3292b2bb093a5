import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import type { ActionCase, CaseObject } from "../functions/action-cases.ts";
import { toRequest } from "../functions/remediation-request.ts";
import {
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

type Made = JobObject & { readonly apiVersion: string; readonly kind: string };

/** A rule with the action of the case, and with these fields. */
export function toActionPipeline(
  { action, parameters, resource }: ActionCase,
  more: Json = {},
): Pipeline {
  const rule = { on: { resource }, where: "true", once: "object", ...more };
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return toPipeline({ ...rule, then: [{ [action]: parameters }] });
}

/** Creates the objects of a case under this name, and the request that its trigger causes. */
export async function createActionRequest(
  world: RemediationWorld,
  one: ActionCase,
  name: string,
  pipeline: Pipeline = toActionPipeline(one),
): Promise<RemediationRequest> {
  let owner: Made | undefined;
  for (const above of one.owners ?? []) owner = await createOne(world, above, name, owner);
  const made = await createOne(world, one, name, owner);
  for (const [at, below] of (one.owned ?? []).entries()) {
    await createOne(world, below, `${name}-${at}`, made);
  }
  return toActionRequest(world, one, made, pipeline);
}

/** The request that an object of the case causes. */
export function toActionRequest(
  world: RemediationWorld,
  { resource: of, kind }: ActionCase,
  made: JobObject,
  pipeline: Pipeline,
  mode: "enforce" | "dryRun" = "enforce",
): RemediationRequest {
  const { group, version, resource, namespaced, namespace } = toEntry(of);
  const { name, uid, resourceVersion } = made.metadata;
  const place = { group, version, resource, kind, namespaced, namespace };
  const request = toRequest(world, made, { pipeline, mode });
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const references = findReferences({ ...made, apiVersion, kind }, builtinCatalog());
  const trigger = { ...place, name, uid, resourceVersion };
  return { ...request, data: { ...request.data, trigger, references } };
}

/** The object that the action changes, which is the trigger or an owner of it; null if there is none. */
export async function readActionTarget(
  world: RemediationWorld,
  one: ActionCase,
  name: string,
  of: string = one.owners?.[0]?.resource ?? one.resource,
): Promise<KubernetesObject | null> {
  try {
    const path = toResourcePath({ ...toEntry(of), name });
    return await world.admin.request<KubernetesObject>({ method: "GET", path });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return null;
    throw error;
  }
}

function toEntry(resource: string) {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  return { ...entry, namespace: entry.namespaced ? "default" : null };
}

/** Creates an object of a case, controlled by this one. */
async function createOne(
  world: RemediationWorld,
  { resource, kind, fields, metadata }: CaseObject,
  name: string,
  owner?: Made,
): Promise<Made> {
  const ownerReferences =
    owner === undefined
      ? undefined
      : [
          {
            apiVersion: owner.apiVersion,
            kind: owner.kind,
            name: owner.metadata.name,
            uid: owner.metadata.uid,
            controller: true,
          },
        ];
  const body = { kind, metadata: { ...metadata, name, ownerReferences }, ...fields };
  const path = toResourcePath({ ...toEntry(resource), name: undefined });
  return world.admin.request<Made>({ method: "POST", path, body });
}
