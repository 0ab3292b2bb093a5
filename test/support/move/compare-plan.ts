import { isDeepStrictEqual } from "node:util";
import type { Seen, WatchedObject } from "./watch-sides.ts";

/** The objects of a plan, as `kubemend move --plan --output json` prints it. */
type PrintedPlan = {
  readonly objects: readonly {
    readonly resource: string;
    readonly name: string;
    readonly uid: string;
    readonly owners?: readonly string[] | undefined;
    readonly finalizers?: readonly string[] | undefined;
  }[];
};

/** The differences of both clusters, at the end of a move, from its plan and from the sources before it. */
export function comparePlan(
  { objects }: PrintedPlan,
  before: ReadonlyMap<string, WatchedObject>,
  events: readonly Seen[],
): readonly string[] {
  const [source, target] = [toLast(events, "source"), toLast(events, "target")];
  const planned = new Map(objects.map((one) => [`${one.resource}/${one.name}`, one]));
  const differences: string[] = [];
  if (![...before.keys()].every((key) => planned.has(key)) || planned.size !== before.size)
    differences.push(`the plan has ${[...planned.keys()].join(", ")}`);
  for (const key of source.keys()) differences.push(`${key} is still in the source`);
  for (const key of target.keys())
    if (!planned.has(key)) differences.push(`${key} is not in the plan`);
  const keys = new Map(objects.map(({ uid, resource, name }) => [uid, `${resource}/${name}`]));
  for (const [key, { uid, owners = [], finalizers = [] }] of planned) {
    const [copy, original] = [target.get(key), before.get(key)];
    if (copy === undefined || original === undefined) {
      differences.push(`${key} is not in the target`);
      continue;
    }
    if (original.metadata.uid !== uid) differences.push(`${key} has another uid in the plan`);
    const wanted = owners.map((owner) => target.get(keys.get(owner) ?? "")?.metadata.uid);
    const found = (copy.metadata.ownerReferences ?? []).map((owner) => owner.uid);
    const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
      owners: [found, wanted],
      finalizers: [copy.metadata.finalizers ?? [], finalizers],
      labels: [copy.metadata.labels, original.metadata.labels],
      spec: [copy.spec, original.spec],
      data: [copy.data, original.data],
    };
    for (const [what, [is, was]] of Object.entries(pairs)) {
      if (!isDeepStrictEqual(is, was))
        differences.push(`${key}: ${what} is ${JSON.stringify(is)} and not ${JSON.stringify(was)}`);
    }
  }
  return differences;
}

/** The objects at the end, by their keys. */
function toLast(events: readonly Seen[], side: string): ReadonlyMap<string, WatchedObject> {
  const live = new Map<string, WatchedObject>();
  for (const { key, type, object, side: at } of events) {
    if (at !== side || key.startsWith("moves/")) continue;
    if (type === "DELETED") live.delete(key);
    else live.set(key, object);
  }
  return live;
}
