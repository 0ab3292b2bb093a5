import { chooseVersions } from "../../../core/mirror/choose-version.ts";
import type { Refusal } from "../../../core/mirror/manifest.ts";
import { mapNamespace } from "../../../core/mirror/map-place.ts";
import { MIRRORED_BY_LABEL } from "../../../core/mirror/provenance.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { ok, type Result } from "../../../core/result.ts";
import { readCatalogs } from "../copy/copy-object.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import type { PartDeps } from "./compare-part.ts";
import { findElsewhere } from "./find-elsewhere.ts";
import type { PairContext } from "./judge-pair.ts";
import { readNamespaces } from "./read-namespaces.ts";

/** The lists that a comparison joins, one of the sources and one of the copies for each of its parts, and what they are judged with. */
export type Lists = Omit<PairContext, "work"> & {
  /** One for each namespace of the rule, or one for everything. Then those without sources, of copies at places of an earlier mapping. */
  readonly parts: readonly Part[];
  /** The namespaces to which the rule maps its own; absent if all of the target are compared anyway. */
  readonly present?: readonly string[] | undefined;
  /** Whether copies at places of an earlier mapping are looked for in the whole target. */
  readonly isWhole: boolean;
};

type Part = Pick<PartDeps, "sources" | "copies" | "isMisplaced">;

/** Refused with NotServed or OtherScope if no object of the rule can be copied. */
export async function findLists(
  work: MirrorWork,
  /** The namespaces in which earlier comparisons have seen to copies. */
  remembered: readonly string[],
  signal: AbortSignal,
): Promise<Result<Lists, Refusal>> {
  const { rule, mirror, source, target } = work;
  const { resource, namespaces, labelSelector, fieldSelector } = rule.on;
  const catalogs = await readCatalogs(work, signal);
  const versions = chooseVersions(resource, catalogs.source, catalogs.target);
  if (!versions.ok) return versions;
  const { read, write } = versions.value;
  const labels = await readNamespaces(work, signal);
  const isWide = findResource(catalogs.source, resource)?.namespaced === false;
  const names = isWide ? [null] : (namespaces ?? [null]);
  const ofRule = { labelSelector: `${MIRRORED_BY_LABEL}=${rule.id}` };
  const parts: Part[] = names.map((name) => ({
    sources: {
      client: source.client,
      type: read,
      namespace: name,
      selection: { labelSelector, fieldSelector },
    },
    copies: {
      client: target.client,
      type: write,
      namespace: name === null ? null : mapNamespace(name, mirror.namespaces),
      selection: ofRule,
    },
  }));
  const context = { versions: versions.value, catalog: catalogs.source, labels };
  const present = parts.flatMap(({ copies }) => copies.namespace ?? []);
  if (present.length === 0) return ok({ parts, ...context, isWhole: true });
  const asked = { type: write, ...ofRule, present, remembered };
  const { lists, isMisplaced, isWhole } = await findElsewhere(work, asked, signal);
  const old = lists.map((copies) => ({ sources: null, copies, isMisplaced }));
  return ok({ parts: [...parts, ...old], ...context, present, isWhole });
}
