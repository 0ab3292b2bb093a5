import * as v from "valibot";
import { sha256 } from "../../events/ids.ts";
import type { UncheckpointedAdd } from "./uncheckpointed-adds.ts";

/** How far the active relay has come with a watch: all up to here, in the order of its stream, is accepted by the queue. */
export type LeaseCheckpoint = {
  /** "" where the watch must be read anew. */
  readonly resourceVersion: string;
  /** Digest of what is watched: a checkpoint of anything else says nothing. */
  readonly selection: string;
  /** Digests of the rules that have had the objects of the start. */
  readonly initial: readonly string[];
  /** The epoch in which the watch's history was last seen to have gone back; 0: never. Only checkpoints of one history compare. */
  readonly history: number;
  /** Namespaces selected by label are dealt with up to here; "" where none are. */
  readonly namespaces: string;
  /** Objects above `resourceVersion` of which the queue got a first state, or may have. */
  readonly sent: readonly UncheckpointedAdd[];
};

/** What the relays write on their Lease for each other. */
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

/** A short name for a long text, for comparing. */
export function toDigest(text: string): string {
  return sha256(text).slice(0, 12);
}

/** Not complete where the checkpoints are too many for a Lease: none are written then, as half of them would say something wrong. */
export function toAnnotations({ epoch, checkpoints }: HandoverState): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly isComplete: boolean;
} {
  const toText = (isNaming: boolean): string => {
    const entries = Array.from(checkpoints, ([key, one]) => [key, toShort(one, isNaming)]);
    return JSON.stringify(Object.fromEntries(entries));
  };
  const fitting = [true, false].map(toText).find(isFitting);
  const annotations = { [EPOCH]: String(epoch), [CHECKPOINTS]: fitting ?? "{}" };
  return { annotations, isComplete: fitting !== undefined };
}

function isFitting(text: string): boolean {
  return Buffer.byteLength(text) <= CHECKPOINTS_MAX_BYTES;
}

/** Total: whatever is no epoch is 0, whatever is no checkpoint is none. */
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

function toShort(checkpoint: LeaseCheckpoint, isNaming: boolean): object {
  const { resourceVersion, selection, initial, history, namespaces } = checkpoint;
  const sent = isNaming
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
