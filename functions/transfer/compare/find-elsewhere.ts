import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { readListPages } from "../../../adapters/kubernetes/api/list-pages.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { findNamespaceFault } from "../../../core/decide/selection.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readProvenance } from "../../../core/mirror/provenance.ts";
import { isOfWork } from "./judge-orphan.ts";
import { fromTarget, isOfConnection, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import type { Listed } from "./read-part.ts";

/** Lists of copies in namespaces to which the rule maps nothing any more. */
type Elsewhere = {
  readonly lists: readonly Listed[];
  /** Whether the rule still covers the source of a copy in these lists, so that the copy is only at a wrong place. */
  readonly isMisplaced: (copy: KubernetesObject) => boolean;
  /** Whether the lists are of all other namespaces; otherwise they are of those that are remembered, for want of the right to list all. */
  readonly isWhole: boolean;
};

/** Beyond that a selector would be too long for a URL, and the lists are filtered here. */
const NAMED_MAX = 50;

/**
 * The lists in which copies of a rule may be that were made while it mapped its namespaces in another way: all of the target, if this user
 * may list that; otherwise the namespaces in which earlier comparisons have seen to copies (`remembered`).
 */
export async function findElsewhere(
  work: Pick<MirrorWork, "rule" | "source" | "target" | "installation">,
  of: {
    readonly type: ResourceType;
    readonly labelSelector: string;
    /** The namespaces to which the rule maps its own. */
    readonly present: readonly string[];
    readonly remembered: readonly string[];
  },
  signal: AbortSignal,
): Promise<Elsewhere> {
  const { rule, target } = work;
  const { type, labelSelector, present, remembered } = of;
  const here = new Set(present);
  const isMisplaced = (copy: KubernetesObject): boolean => {
    const { namespace } = copy.metadata;
    const provenance = readProvenance(copy);
    if (namespace === undefined || here.has(namespace)) return false;
    if (!isOfWork(provenance, work)) return false;
    return findNamespaceFault(rule.on, provenance.place.namespace) === undefined;
  };
  const not = present.map((name) => `metadata.namespace!=${name}`).join(",");
  const others = present.length > NAMED_MAX ? {} : { fieldSelector: not };
  const toListed = (namespace: string | null, selection: object = {}): Listed => {
    return { client: target.client, type, namespace, selection: { labelSelector, ...selection } };
  };
  const all = toListed(null, others);
  const isWhole = await mayList(all, signal);
  const old = remembered.filter((name) => !here.has(name));
  const lists = isWhole ? [all] : old.map((name) => toListed(name));
  return { lists, isMisplaced, isWhole };
}

/** Of the namespaces of these lists, those that still have copies, or that cannot be listed. */
export async function findLeft(
  lists: readonly Listed[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const listed of lists) {
    if (listed.namespace !== null && (await findCopy(listed, signal)) !== false) {
      left.push(listed.namespace);
    }
  }
  return left;
}

async function mayList(listed: Listed, signal: AbortSignal): Promise<boolean> {
  return (await findCopy(listed, signal)) !== undefined;
}

/** Whether there is anything in a list; undefined if that cannot be listed. */
async function findCopy(
  { client, type, namespace, selection }: Listed,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const path = toResourcePath({ ...type, namespace });
  const pages = readListPages(client, path, { ...selection, limit: 1, metadataOnly: true }, signal);
  try {
    const { value } = await fromTarget(pages.next());
    return value !== undefined && value.items.length > 0;
  } catch (error) {
    if (isUnlisted(error)) return undefined;
    throw error;
  }
}

/** Whether only this list is refused, or fails in a target that answers: one object of any namespace that it cannot read is enough. */
export function isUnlisted(error: unknown): boolean {
  if (error instanceof TargetFailure) return !isOfConnection(error);
  return isKubemendError(error, "Forbidden");
}
