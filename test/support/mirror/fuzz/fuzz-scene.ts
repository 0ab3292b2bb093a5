import type { KubernetesObject, ResourceType } from "../../../../events/change.ts";
import type { ChangeKind } from "../../../../events/ids.ts";
import type { TransferMessage } from "../../../../events/transfer.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { findResource } from "../../../../core/references/find-resource.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import { createTransfer } from "../../../../functions/transfer/transfer.ts";
import { findCopyFaults, type CheckMode } from "../check-copy.ts";
import {
  createNamespace,
  find,
  toMirrorRule,
  toTransferDeps,
  type MirrorWorld,
} from "../mirror-world.ts";
import { installThings } from "../things.ts";
import {
  deliver,
  toCompareMessage,
  toMirroredObject,
  toTransferMessage,
} from "../transfer-message.ts";
import { FUZZED_RESOURCES, type FuzzedObject } from "./objects.ts";
import { THING_SCHEMA } from "./things.ts";

/** Objects of all sorts, which one rule for each resource mirrors under another name into another namespace. */
export type FuzzScene = {
  readonly nextName: () => string;
  /** Undefined if the API server refuses such an object. */
  readonly create: (object: FuzzedObject, name: string) => Promise<KubernetesObject | undefined>;
  readonly change: (
    object: FuzzedObject,
    created: KubernetesObject,
  ) => Promise<KubernetesObject | undefined>;
  /** Writes other contents into the copy, as somebody who is not Kubemend. */
  readonly disturb: (object: FuzzedObject, source: KubernetesObject) => Promise<void>;
  readonly remove: (resource: string, object: KubernetesObject) => Promise<void>;
  /** Gives transfer the message about a change, and says what is wrong with the copy afterwards. */
  readonly mirror: (
    resource: string,
    object: KubernetesObject,
    kind: ChangeKind,
    mode?: CheckMode,
  ) => Promise<readonly string[]>;
  readonly readCopy: (
    resource: string,
    object: KubernetesObject,
  ) => Promise<KubernetesObject | undefined>;
  /** Compares the objects of all rules, and returns the names of those that differ. */
  readonly compareAll: () => Promise<readonly string[]>;
};

const NAMESPACES = { shop: "shop-dr" } as const;
const PREFIX = "eu-";
const IMAGES = [{ from: "registry.a/", to: "registry.b/mirror/" }];
const THINGS: ResourceType = {
  group: "example.com",
  version: "v1",
  resource: "things",
  kind: "Thing",
  namespaced: true,
};

export async function createFuzzScene(world: MirrorWorld): Promise<FuzzScene> {
  await createNamespace(world.source, "shop");
  await createNamespace(world.target, NAMESPACES.shop);
  await createDefaultAccount(world.source, "shop");
  await createDefaultAccount(world.target, NAMESPACES.shop);
  await installThings(world.source, ["v1"], THING_SCHEMA);
  await installThings(world.target, ["v1beta1"], THING_SCHEMA);
  const rules = FUZZED_RESOURCES.map(toRule);
  const sent: TransferMessage[] = [];
  const transfer = createTransfer(toTransferDeps(world, rules, { sent }));
  let count = 0;
  const toCopyPath = (resource: string, { metadata }: KubernetesObject): string => {
    const type = toType(resource);
    const version = resource === "things.example.com" ? "v1beta1" : type.version;
    const namespace = type.namespaced ? NAMESPACES.shop : null;
    return toResourcePath({ ...type, version, namespace, name: `${PREFIX}${metadata.name}` });
  };
  const readCopy: FuzzScene["readCopy"] = async (resource, object) =>
    (await find(world.target, toCopyPath(resource, object))) as KubernetesObject | undefined;
  return {
    nextName: () => `x${(count += 1)}`,
    readCopy,
    create: ({ resource, metadata, body }, name) =>
      write(world.source, "POST", toPath(resource), toBody(resource, { ...metadata, name }, body)),
    change({ resource, changed }, { metadata: { name, uid } }) {
      const body = toBody(resource, { ...changed.metadata, name, uid }, changed.body);
      return write(world.source, "PUT", toPath(resource, name), body);
    },
    async disturb({ resource, metadata, body, changed }, source) {
      const copy = await readCopy(resource, source);
      if (copy === undefined) return;
      const { name, annotations } = copy.metadata;
      const { labels = metadata["labels"] } = changed.metadata;
      const own = { labels, name, annotations };
      const path = toCopyPath(resource, source);
      const { apiVersion } = copy;
      await write(world.target, "PUT", path, { ...toBody(resource, own, body), apiVersion });
    },
    async remove(resource, { metadata: { name } }) {
      const path = toPath(resource, name);
      const body = { metadata: { finalizers: null } };
      const contentType = "application/merge-patch+json";
      const options = { gracePeriodSeconds: 0, propagationPolicy: "Background" };
      await world.source.request({ method: "PATCH", path, contentType, body });
      await world.source.request({ method: "DELETE", path, body: options });
    },
    async mirror(resource, object, kind, mode = "twin") {
      const type = toType(resource);
      const rule = toRuleId(resource);
      const message = toTransferMessage(world, rule, toMirroredObject(type, object), kind);
      const { verdict, counts } = await deliver(transfer, message);
      const failed = counts.filter((name) => name !== "Mirrored" && name !== "Drift");
      const problem = await readProblem(world, object.metadata.uid);
      // Fields that others have written may leave no room for one of the source: two handlers of one probe, for example.
      if (mode === "shared" && problem?.reason === "Invalid") return [];
      if (verdict.outcome !== "done" || failed.length > 0) {
        return [JSON.stringify({ verdict, counts, problem })];
      }
      const copy = await readCopy(resource, object);
      if (copy === undefined) return ["absent"];
      const live = await find(world.source, toPath(resource, object.metadata.name));
      const rules = {
        rule,
        clusterUid: world.clusterUid,
        namespaces: NAMESPACES,
        prefix: PREFIX,
        images: IMAGES.map(({ from, to }) => [from, to] as const),
        labels: { "mirrored-to": "dr" },
        removedLabels: ["old"],
        ...(resource === "things.example.com" ? { apiVersion: "example.com/v1beta1" } : {}),
      };
      return findCopyFaults(live, copy, rules, mode);
    },
    async compareAll() {
      sent.length = 0;
      for (const { id } of rules) {
        const started = new Date().toISOString();
        let message: TransferMessage | undefined = toCompareMessage(world, id, started);
        while (message !== undefined) {
          const from = sent.length;
          await deliver(transfer, message);
          message = sent.slice(from).find(({ data }) => data.reason === "compare");
        }
      }
      const asked = sent.filter(({ data }) => data.object !== undefined);
      const found: string[] = [];
      for (const message of asked) {
        const { counts } = await deliver(transfer, message);
        const { uid = "", name } = message.data.object ?? {};
        const problem = JSON.stringify(await readProblem(world, uid));
        found.push(`${message.data.rule.id}: ${name} ${counts.join(" ")} ${problem}`);
      }
      return found;
    },
  };
}

function toRuleId(resource: string): string {
  return `of-${resource.replaceAll(".", "-")}`;
}

function toRule(resource: string): Rule {
  const { namespaced } = toType(resource);
  const on = { resource, labelSelector: "fuzzed", ...(namespaced ? { namespaces: ["shop"] } : {}) };
  return toMirrorRule(toRuleId(resource), {
    on,
    mirror: {
      ...(namespaced ? { namespaces: NAMESPACES } : {}),
      names: { prefix: PREFIX },
      images: IMAGES,
      labels: { set: { "mirrored-to": "dr" }, remove: ["old"] },
      // By default copies of claims and of volumes stay.
      delete: "propagate",
      left: "delete",
    },
  });
}

function toType(resource: string): ResourceType {
  if (resource === "things.example.com") return THINGS;
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  const { group, version, resource: plural, kind, namespaced } = entry;
  return { group, version, resource: plural, kind, namespaced };
}

function toPath(resource: string, name?: string): string {
  const type = toType(resource);
  return toResourcePath({ ...type, namespace: type.namespaced ? "shop" : null, name });
}

function toBody(resource: string, metadata: Record<string, unknown>, body: object): object {
  const { group, version, kind } = toType(resource);
  const labels = { ...(metadata["labels"] as object | undefined), fuzzed: "" };
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { ...body, apiVersion, kind, metadata: { ...metadata, labels } };
}

/** The answer; undefined if the API server refuses the object. */
async function write(
  client: KubernetesClient,
  method: "POST" | "PUT",
  path: string,
  body: object,
): Promise<KubernetesObject | undefined> {
  try {
    return await client.request<KubernetesObject>({ method, path, body });
  } catch (error) {
    if (isKubemendError(error) && !error.retryable) return undefined;
    throw error;
  }
}

/** Pods need an account, which a controller makes elsewhere. */
async function createDefaultAccount(client: KubernetesClient, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.request({ method: "POST", path, body: { metadata: { name: "default" } } });
}

type Problem = { readonly phase: string; readonly reason?: string };

/** The record about a failure that lasts. */
async function readProblem(world: MirrorWorld, uid: string): Promise<Problem | undefined> {
  type Stored = {
    readonly spec: { readonly trigger: { readonly uid: string } };
    readonly status?: Problem;
  };
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
  const { items } = await world.source.request<{ readonly items: readonly Stored[] }>({
    method: "GET",
    path,
  });
  const status = items.find(({ spec }) => spec.trigger.uid === uid)?.status;
  return status?.phase === "Failed" ? status : undefined;
}
