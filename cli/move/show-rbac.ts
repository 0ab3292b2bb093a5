import { readSet } from "../../adapters/kubernetes/move/read-set.ts";
import { KubemendError } from "../../core/errors.ts";
import { nameResource } from "../../core/move/set-object.ts";
import { toOwnedSet } from "../../core/move/plan/to-plan.ts";
import type { Grant } from "../../core/pipeline/rights/grants.ts";
import { planPersonRights, type MovePlace } from "../../core/pipeline/rights/person-move-rights.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { MoveSelection, MoveSpec } from "../../events/moves/move.ts";
import type { MoveSides } from "../../functions/transfer/move/run/move-sides.ts";
import { toRoleManifests, toUserSubject } from "../clusters/role-manifests.ts";

type Asked = {
  readonly spec: MoveSpec;
  /** The user who is to carry the move out. */
  readonly user: string;
  /** Of the roles. */
  readonly name: string;
  readonly recordNamespace: string;
};

/** The roles that a user needs to carry out a move, as manifests for each side, with what could not be read as a note. */
export async function readMoveRoles(
  { source }: Pick<MoveSides, "source">,
  { spec, user, name, recordNamespace }: Asked,
  signal: AbortSignal,
): Promise<{ readonly source: string; readonly target: string; readonly note?: string }> {
  const reads = await readSet(source, { select: spec.select, collectsDenied: true }, signal);
  const none = [...reads.unmatched, ...reads.unserved.map(({ selection }) => selection)];
  if (none.length > 0) {
    const what = none.map(({ resource, name: one = "*" }) => `${resource}/${one}`).join(", ");
    const message = `nothing is selected by ${what}: --plan says why`;
    throw new KubemendError("NotFound", message, { retryable: false });
  }
  const { members } = toOwnedSet(spec, reads);
  const { denied = [], unread } = reads;
  const rights = planPersonRights({
    places: [
      ...members.map((object) => ({
        resource: nameResource(object),
        namespace: object.namespace,
      })),
      ...denied.map(toPlace),
    ],
    selected: spec.select.map(toPlace),
    recordNamespace,
    createsNamespaces: spec.createNamespaces === true,
  });
  const toManifests = (grants: readonly Grant[]): string =>
    grants
      .flatMap((grant) => toRoleManifests(grant, { name, subjects: [toUserSubject(user)] }))
      .join("---\n");
  const found = { source: toManifests(rights.source), target: toManifests(rights.target) };
  if (denied.length === 0 && unread.length === 0) return found;
  const hidden = [...new Set([...denied, ...unread].map(({ resource }) => resource))].join(", ");
  const note = `this identity cannot list ${hidden}: if objects of these move, their rights are missing below. Run this again with an identity that can`;
  return { ...found, note };
}

function toPlace({ resource, namespace }: MoveSelection): MovePlace {
  return { resource, namespace: namespace ?? null };
}

/** The manifests of both sides as one text. */
export function formatMoveRoles(
  { source, target, note }: Awaited<ReturnType<typeof readMoveRoles>>,
  names: { readonly source: string; readonly target: string },
): string {
  return [
    ...(note === undefined ? [] : [`# ${toPrintable(note)}\n`]),
    `# For the source, ${toPrintable(names.source)}:\n${source}---\n`,
    `# For the target, ${toPrintable(names.target)}:\n${target}`,
  ].join("");
}
