import type { ChangeKind } from "../../../events/ids.ts";
import { ChangeBuffer, type BufferLimits } from "../../../relay/delivery/buffer.ts";
import type { Change } from "../../../relay/detect/change.ts";
import { leadAlone, type Leadership } from "../../../relay/handover/leadership.ts";
import { configMap } from "./change.ts";

export const WATCH = "configmaps-0123456789ab";

/** The leadership of a single relay. */
export const ALONE: Leadership = leadAlone({ raiseEpoch: () => 0 });

/** A change of a ConfigMap, ready to be offered. */
export function change(
  name: string,
  kind: ChangeKind,
  resourceVersion: string,
  fields: Partial<Change> = {},
): Change {
  const uid = fields.uid ?? `uid-${name}`;
  return {
    watch: WATCH,
    uid,
    namespace: "default",
    name,
    change: kind,
    resourceVersion,
    generation: null,
    gap: false,
    initial: undefined,
    delivered: kind !== "added",
    readAtMs: 0,
    object: configMap(name, resourceVersion, { uid }),
    ...fields,
  };
}

/** A buffer whose message bodies are short summaries. */
export function createTestBuffer(
  limits: Partial<BufferLimits> = {},
  deliversEvery = false,
): ChangeBuffer {
  return new ChangeBuffer(
    { maxObjects: 10_000, maxBytes: 1_000_000, ...limits },
    {
      toGroupKey: ({ namespace, name }) => `${namespace}/${name}`,
      deliversEvery: () => deliversEvery,
      render: (one) => ({
        body: summarizeChange(one),
        groupId: `${one.namespace}/${one.name}`,
        deduplicationId: `${one.watch} ${one.uid} ${one.resourceVersion} ${one.change}`,
      }),
    },
  );
}

/** `modified a@5 gap`. */
export function summarizeChange(one: Omit<Change, "object">): string {
  const initial = one.initial === undefined ? "" : ` initial(${one.initial.join(",")})`;
  const uid = one.uid === `uid-${one.name}` ? "" : ` (${one.uid})`;
  return `${one.change} ${one.name}${uid}@${one.resourceVersion}${one.gap ? " gap" : ""}${initial}`;
}
