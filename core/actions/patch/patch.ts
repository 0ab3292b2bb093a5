import * as v from "valibot";
import { parseChangePath } from "../../operations/change-path.ts";
import type { ChangePath } from "../../operations/operation.ts";
import type { Action } from "../contract/action.ts";
import { escapeContainerTexts } from "../contract/container-text.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { managedSchema, toRefusal, type WantedField } from "../contract/change-target.ts";
import { readRuleValue, type RuleValue } from "../contract/rule-value.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";
import { toRolloutCheck } from "../contract/workloads.ts";
import { toWritten } from "../contract/written-field.ts";

export type PatchParameters = {
  readonly target: TargetParameter;
  readonly set: Readonly<Record<string, RuleValue<unknown>>>;
  readonly remove: readonly string[];
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: {}, others: true };
/** They are not for rules to change: identity, and what controllers report or wait for. */
const FIXED: ReadonlySet<unknown> = new Set(["apiVersion", "kind", "status"]);
const METADATA: ReadonlySet<unknown> = new Set(["labels", "annotations"]);

const path = v.pipe(
  v.string("expected a path such as spec.paused"),
  v.check(
    (text) => isAllowed(text),
    "expected a path such as spec.paused, spec.template.spec.containers[name=main].image or metadata.labels.app: outside status, and of metadata only labels and annotations",
  ),
);

function isAllowed(text: string): boolean {
  const parsed = parseChangePath(text);
  if (!parsed.ok) return false;
  const [first, second] = parsed.value;
  return first === "metadata"
    ? METADATA.has(second) && parsed.value.length === 3
    : !FIXED.has(first);
}

/**
 * Sets and removes single fields of any object; a value may be CEL. Lists are changed by element, `containers[name=main].image`. Refused,
 * besides what every action refuses, with NullValue, because a field that is null is absent: write it under `remove`.
 */
export const patch: Action<PatchParameters> = createChangeAction<PatchParameters>({
  name: "patch",
  targets: TARGETS,
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    set: v.optional(v.record(path, v.unknown()), {}),
    remove: v.optional(v.array(path), []),
    managed: managedSchema,
  }),
  writes: ({ set, remove }) => [
    ...Object.entries(set).map(([text, to]) => toWritten(toPath(text), to)),
    ...remove.map((text) => ({ path: toPath(text), to: null })),
  ],
  decide: (state, { address }) => {
    const { set, remove } = state.parameters;
    const fields: WantedField[] = remove.map((text) => ({ path: toPath(text), to: undefined }));
    for (const [text, value] of Object.entries(set)) {
      const at = toPath(text);
      const to = readRuleValue(value, (expression) =>
        escapeContainerTexts(at, state.evaluate(expression)),
      );
      if (to === null || to === undefined) {
        return toRefusal("NullValue", `${text} would be null: write it under remove`);
      }
      fields.push({ path: at, to });
    }
    const rolls = fields.some(({ path: of }) => of[1] === "template");
    const check = rolls ? toRolloutCheck(address.kind) : undefined;
    return { ok: true, value: { fields, check } };
  },
});

/** The schema has accepted it. */
function toPath(text: string): ChangePath {
  const parsed = parseChangePath(text);
  return parsed.ok ? parsed.value : [];
}
