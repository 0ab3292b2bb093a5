import { usesObject } from "../../../core/actions/targets/uses-object.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toNamespaceAddress } from "../../../adapters/kubernetes/api/namespace-address.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../core/errors.ts";
import { findSelectionFault } from "../../../core/decide/selection.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { findWrittenDifferences } from "../../../core/operations/job-comparison.ts";
import type { ObjectAddress, ReadOperation } from "../../../core/operations/operation.ts";
import { matchesLabels, parseLabelSelector } from "../../../core/pipeline/label-selector.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import type { OfflineObjects } from "./offline-objects.ts";
import { refuseSelectors } from "./offline-selection.ts";

/** An action must look at something that is not known offline. */
export class NotKnown extends Error {
  /** Reads it. */
  readonly command: string;
  /** The other cluster in which it is. */
  readonly cluster: string | undefined;

  constructor(message: string, command: string, cluster?: string) {
    super(message);
    this.command = command;
    this.cluster = cluster;
  }
}

/** Reads what is known offline, and writes nothing. Throws NotKnown for everything else. */
export function createOfflineExecutor(objects: OfflineObjects): Executor {
  return {
    read: async (operation) => {
      if (operation.type === "list") return { type: "list", items: list(objects, operation) };
      const { target } = operation;
      const known = objects.find(target);
      if (known === undefined) throw toUnknownObject(target);
      const hasManagers = operation.type === "compareJob" || operation.withManagers === true;
      const object = hasManagers ? withManagers(known, objects.findManagers?.(target)) : known;
      if (operation.type === "compareJob") {
        const found = object === null ? [] : findWrittenDifferences(object, operation.manifest);
        return { type: "comparison", object, differences: found.map(({ path }) => path) };
      }
      const isScale = operation.target.subresource === "scale";
      return { type: "object", object: isScale ? toScale(object) : object };
    },
    async scan(collection, visit) {
      const resource = toResourceName(collection);
      refuseSelectors(resource, collection);
      const known = objects.list(collection);
      // None of them is known: that says nothing about how many there are.
      if (known.length === 0) throw toUnknownCollection(collection);
      const selection = { ...collection, resource, namespaces: undefined };
      for (const object of known) {
        if (findSelectionFault(selection, object) !== undefined) continue;
        await visit(object, (kind, name) => usesObject(object, kind, name));
      }
    },
    readNamespace: async (name, _signal, cluster) =>
      objects.find({ ...toNamespaceAddress(name), cluster }),
    readCatalog: async () => builtinCatalog(),
    async readUses(target) {
      const object = objects.find(target);
      return (kind, name) => usesObject(object, kind, name);
    },
    execute: async () => {
      throw new KubemendError("Internal", "a simulation writes nothing", { retryable: false });
    },
  };
}

function withManagers(object: KubernetesObject, managedFields: unknown): KubernetesObject {
  if (managedFields === undefined) return object;
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function toUnknownObject(target: ObjectAddress): NotKnown {
  const command = `${toGet(target)} ${target.name} -o yaml`;
  return new NotKnown(`${describeAddress(target)} is not known`, command, target.cluster);
}

function toUnknownCollection(target: Omit<ObjectAddress, "name">): NotKnown {
  const where = target.namespace === null ? "" : ` in ${target.namespace}`;
  const cluster = target.cluster === undefined ? "" : ` in cluster ${target.cluster}`;
  const message = `no ${toResourceName(target)}${where}${cluster} are known`;
  return new NotKnown(message, `${toGet(target)} -o yaml`, target.cluster);
}

function toGet(target: Omit<ObjectAddress, "name">): string {
  const where = target.namespace === null ? "" : ` -n ${target.namespace}`;
  const context = target.cluster === undefined ? "" : ` --context ${target.cluster}`;
  return `kubectl${context}${where} get ${toResourceName(target)}`;
}

function list(
  objects: OfflineObjects,
  { target, labelSelector }: Extract<ReadOperation, { readonly type: "list" }>,
): readonly KubernetesObject[] {
  const all = objects.list(target);
  if (labelSelector === undefined) return all;
  refuseSelectors(toResourceName(target), { labelSelector });
  const selector = parseLabelSelector(labelSelector);
  return all.filter(
    ({ metadata }) => selector.ok && matchesLabels(selector.value, readTextMap(metadata["labels"])),
  );
}

/** The scale subresource of a workload, as the API server would return it. */
export function toScale(object: KubernetesObject): KubernetesObject {
  const replicas = readField(object, "spec", "replicas") ?? 1;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion },
    spec: { replicas },
    status: { replicas: readField(object, "status", "replicas") ?? replicas },
  };
}
