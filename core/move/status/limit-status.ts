import type { MoveStatus } from "../../../events/moves/move.ts";
import { limitText } from "../../text/limit-text.ts";

/** As in `infra/crds/moves.yaml`. */
const TEXT_MAX = 1_024;
const LONG_MAX = 2_048;
const REASON_MAX = 8_192;

/** A note as it is stored, so that the same one is not stored twice. */
export function limitNote(text: string): string {
  return limitText(text, TEXT_MAX);
}

/**
 * The status with texts that the API server stores. It would refuse the whole status for one that is too long, and others write the text in
 * them: names, fields, finalizers.
 */
export function limitStatus(status: MoveStatus): MoveStatus {
  const { current, problem, notes, left, referrers, unseen } = status;
  return {
    ...status,
    ...(current === undefined
      ? {}
      : {
          current: limitFields(current, { object: TEXT_MAX, doing: TEXT_MAX, waitsFor: LONG_MAX }),
        }),
    ...(problem === undefined ? {} : { problem: limitFields(problem, PROBLEM) }),
    ...(notes === undefined ? {} : { notes: notes.map(limitNote) }),
    ...(left === undefined ? {} : { left: left.map((one) => limitFields(one, LEFT)) }),
    ...(referrers === undefined
      ? {}
      : { referrers: referrers.map((one) => limitFields(one, LEFT)) }),
    ...(unseen === undefined ? {} : { unseen: unseen.map(limitNote) }),
  };
}

const PROBLEM = {
  object: TEXT_MAX,
  step: TEXT_MAX,
  reason: REASON_MAX,
  holds: LONG_MAX,
  wayOut: LONG_MAX,
} as const;
const LEFT = { object: TEXT_MAX, field: TEXT_MAX, refersTo: TEXT_MAX } as const;

function limitFields<T extends object>(value: T, limits: Readonly<Record<string, number>>): T {
  const entries = Object.entries(value).map(([key, text]): [string, unknown] => {
    const limit = Object.hasOwn(limits, key) ? limits[key] : undefined;
    return [key, typeof text === "string" && limit !== undefined ? limitText(text, limit) : text];
  });
  return Object.fromEntries(entries) as T;
}
