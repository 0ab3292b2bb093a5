import * as v from "valibot";
import { sha256 } from "../../events/ids.ts";
import type { UncheckpointedAdd } from "./uncheckpointed-adds.ts";

/** The leader's progress with a watch: the queue has accepted everything up to here, in the order of the stream. */
export type LeaseCheckpoint = {
  /** "" if the watch must be read again from a snapshot. */
  readonly resourceVersion: string;
  /** Digest of what is watched. A checkpoint of another selection does not apply. */
  readonly selection: string;
  /** Digests of the rules that have received the initial objects. */
  readonly initial: readonly string[];
  /** The epoch in which the last etcd rollback of this watch was found; 0: none. Only checkpoints of the same history can be compared. */
  readonly history: number;
  /** Namespaces selected by label are processed up to here; "" if none are selected by label. */
  readonly namespaces: string;
  /** Objects above `resourceVersion` whose first state the queue received, or may have received. */
  readonly sent: readonly UncheckpointedAdd[];
};

/** What the leader publishes in the annotations of the Lease. */
export type HandoverState = {
  readonly epoch: number;
  readonly checkpoints: ReadonlyMap<string, LeaseCheckpoint>;
};

const EPOCH = "kubemend.dev/epoch";
const CHECKPOINTS = "kubemend.dev/checkpoints";
/** All annotations of an object may have 256 KiB together: https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
export const CHECKPOINTS_MAX_BYTES: number = 224 * 1024;

const digits = v.pipe(v.string(), v.regex(/^[0-9]*$/));
const checkpointSchema = v.object({
  rv: v.string(),
  of: v.string(),
  initial: v.optional(v.array(v.string()), []),
  history: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
  namespaces: v.optional(digits, ""),
  sent: v.optional(v.array(v.tuple([v.string(), v.string(), v.string(), v.string()])), []),
});

/** A short digest of a long text, for comparing. */
export function toDigest(text: string): string {
  return sha256(text).slice(0, 12);
}

/**
 * `isComplete` is false if there are too many checkpoints for a Lease: then none are written, because a part of them would be
 * wrong. The uncheckpointed adds are left out first.
 */
export function toAnnotations({ epoch, checkpoints }: HandoverState): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly isComplete: boolean;
} {
  const toText = (withAdds: boolean): string => {
    const entries = Array.from(checkpoints, ([key, one]) => [key, toShort(one, withAdds)]);
    return JSON.stringify(Object.fromEntries(entries));
  };
  const text = [true, false].map(toText).find(fits);
  const annotations = { [EPOCH]: String(epoch), [CHECKPOINTS]: text ?? "{}" };
  return { annotations, isComplete: text !== undefined };
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= CHECKPOINTS_MAX_BYTES;
}

/** Accepts any text: an epoch that cannot be read is 0, and a checkpoint that cannot be read is left out. */
export function readHandoverState(annotations: Readonly<Record<string, string>>): HandoverState {
  const epoch = /^[0-9]{1,15}$/.test(annotations[EPOCH] ?? "") ? Number(annotations[EPOCH]) : 0;
  const checkpoints = new Map<string, LeaseCheckpoint>();
  for (const [key, value] of Object.entries(parseRecord(annotations[CHECKPOINTS]))) {
    const read = v.safeParse(checkpointSchema, value);
    if (!read.success) continue;
    const { rv, of, initial, history, namespaces } = read.output;
    const sent = read.output.sent.map(([namespace, name, uid, resourceVersion]) => {
      return { namespace, name, uid, resourceVersion };
    });
    checkpoints.set(key, {
      resourceVersion: rv,
      selection: of,
      initial,
      history,
      namespaces,
      sent,
    });
  }
  return { epoch, checkpoints };
}

function toShort(checkpoint: LeaseCheckpoint, withAdds: boolean): object {
  const { resourceVersion, selection, initial, history, namespaces } = checkpoint;
  const sent = withAdds
    ? checkpoint.sent.map((one) => [one.namespace, one.name, one.uid, one.resourceVersion])
    : [];
  return {
    rv: resourceVersion,
    of: selection,
    ...(initial.length === 0 ? {} : { initial }),
    ...(history === 0 ? {} : { history }),
    ...(namespaces === "" ? {} : { namespaces }),
    ...(sent.length === 0 ? {} : { sent }),
  };
}

function parseRecord(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
