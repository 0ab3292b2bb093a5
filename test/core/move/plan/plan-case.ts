import type { MoveSpec } from "../../../../events/moves/move.ts";
import type { PlanReads, SetReads } from "../../../../core/move/plan/plan-input.ts";
import { toOwnedSet, toPlan, type MovePlan } from "../../../../core/move/plan/to-plan.ts";
import { nameResource, type SetObject } from "../../../../core/move/set-object.ts";
import { toObject, toUid } from "./set-objects.ts";

export const HIERARCHY: readonly SetObject[] = [
  toObject("clusters.cluster.x-k8s.io", "web", { finalizers: ["cluster.cluster.x-k8s.io"] }),
  toObject("machinedeployments.cluster.x-k8s.io", "web-md", { owners: ["web"] }),
  toObject("machines.cluster.x-k8s.io", "web-1", {
    owners: ["web-md"],
    finalizers: ["machine.cluster.x-k8s.io"],
  }),
  toObject("secrets", "web-kubeconfig", { owners: ["web"] }),
];

/** A plan from the facts of both clusters; by default it has no problems. */
export function planCase({
  objects = HIERARCHY,
  select = ["web"],
  spec = {},
  reads = {},
  facts = {},
}: {
  readonly objects?: readonly SetObject[];
  readonly select?: readonly string[];
  readonly spec?: Partial<MoveSpec>;
  readonly reads?: Partial<SetReads>;
  readonly facts?: Partial<PlanReads>;
} = {}): MovePlan {
  const whole: MoveSpec = {
    target: { cluster: "backup" },
    select: [{ resource: "clusters.cluster.x-k8s.io", namespace: "shop", withOwned: true }],
    ...spec,
  };
  const uids = new Set(select.map(toUid));
  const isWithOwned = whole.select.some(({ withOwned }) => withOwned === true);
  const read: SetReads = {
    objects,
    selected: uids,
    withOwned: isWithOwned ? uids : new Set(),
    leftOut: [],
    unserved: [],
    unmatched: [],
    unread: [],
    others: [],
    related: [],
    ...reads,
  };
  const versions = new Map(
    objects.map((object) => [nameResource(object), { ok: true, value: object.type } as const]),
  );
  const set = toOwnedSet(whole, read);
  return toPlan(whole, {
    reads: read,
    set,
    facts: {
      wholes: new Map(),
      referrers: [],
      unseen: [],
      running: [],
      versions,
      taken: new Map(),
      namespaces: new Map([["shop", "there"]]),
      missingRights: [],
      otherMoves: new Map(),
      ...facts,
    },
  });
}
