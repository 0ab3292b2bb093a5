import type { FieldChange, ObjectEffect, WriteOperation } from "../operations/operation.ts";
import { toPrintable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { describeStep } from "./describe-step.ts";
import { findObjectChanges } from "./find-changes.ts";
import { formatChanges } from "./format-changes.ts";

/** The effect of a step of a plan, if it were carried out. */
export type StepPreview = {
  readonly name: string;
  /** `mirror`: it is no operation of a record, but what a mirror does in a target. */
  readonly type: WriteOperation["type"] | "mirror";
  /** 0: part of `then`; from 1: of `onFailure`. */
  readonly stage: number;
  readonly what: string;
  /** The answer of the API server, if it did not simply accept it. */
  readonly note?: string | undefined;
  /** The fields in which the object would differ. */
  readonly changes: readonly FieldChange[];
};

const HEAD_MAX_LENGTH = 600;
/** All lines of the previews of a plan together: a record is read with hundreds of others. */
const PREVIEW_MAX_LENGTH = 8 * 1024;
const MORE = "… and more steps, which the plan has";

/** `effect`: the object before and after, without what must not leave the cluster; absent: only the operation is known. */
export function previewStep(
  operation: WriteOperation,
  effect?: ObjectEffect,
  note?: string,
): StepPreview {
  const known = operation.type === "patch" ? operation.changes : [];
  return {
    name: operation.name,
    type: operation.type,
    stage: operation.stage ?? 0,
    what: describeStep(operation),
    note,
    changes: effect === undefined ? known : findObjectChanges(effect.before, effect.after),
  };
}

/** `would change Deployment data/web: spec.replicas 1 -> 3`, on one printable line. */
export function formatHead({ stage, what, note }: StepPreview): string {
  const when = stage === 0 ? "would" : "if that fails, would";
  const whole = `${when} ${what}${note === undefined ? "" : ` (now: ${note})`}`;
  return toPrintable(shorten(whole, HEAD_MAX_LENGTH));
}

/**
 * The preview of a plan as a record keeps it and as people are asked: a text for each step, its first line the step itself, the others the
 * diff of its object. Where all together would be longer than 8 KB, the diffs of the later steps are left out, and then the steps.
 */
export function formatPreviews(previews: readonly StepPreview[]): readonly string[] {
  return previews.reduce<readonly string[]>(addPreview, []);
}

/** The same with one more step. */
export function addPreview(texts: readonly string[], preview: StepPreview): readonly string[] {
  if (texts.at(-1) === MORE) return texts;
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const head = formatHead(preview);
  const whole = [head, ...formatChanges(preview.changes)].join("\n");
  const fitting = [whole, head].find((text) => length + text.length <= PREVIEW_MAX_LENGTH);
  return [...texts, fitting ?? MORE];
}
