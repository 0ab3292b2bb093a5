import { refuse, ok, type Result } from "../../result.ts";
import { isObject } from "../../json/read-json.ts";
import { compileExpression } from "../../cel/compile.ts";
import { hasGeneration } from "./has-generation.ts";
import { findLiteralConditions } from "../../cel/literal-condition.ts";
import type { Once } from "../pipeline.ts";

/** For `{ key: ... }`, `at` leads from the rule's `once` to the place. */
export type OnceFault = {
  readonly message: string;
  readonly hint: string;
  readonly at?: readonly string[];
  readonly offset?: number;
};

const FORMS = "object, generation, change, { condition: <type> } or { key: <CEL text> }";
/** Resources whose objects run once and end: one object is one episode. */
const RUN_ONCE: ReadonlySet<string> = new Set(["jobs.batch", "pods"]);

/**
 * The key of the episode, in this order: as written; the change, if the rule compares fields (`on.changed`); the condition that `where` literally tests; the object, for Jobs and
 * Pods. Otherwise it must be written. `builtin` says that the resource is built into Kubernetes.
 */
export function deriveOnce(input: {
  readonly written: unknown;
  readonly where: string | undefined;
  readonly resource: string;
  readonly builtin: boolean;
  /** The fields of `on.changed`. */
  readonly compared?: readonly string[];
}): Result<Once, OnceFault> {
  if (input.compared !== undefined) return ofComparedFields({ ...input, compared: input.compared });
  if (input.written !== undefined) return parseOnce(input.written, input.resource, input.builtin);
  const conditions = input.where === undefined ? [] : findLiteralConditions(input.where);
  const [condition, ...others] = conditions;
  if (condition !== undefined) {
    return others.length === 0
      ? ok({ type: "condition", condition })
      : refuse({
          message: `once must be written: where tests several conditions (${conditions.join(", ")})`,
          hint: FORMS,
        });
  }
  if (RUN_ONCE.has(input.resource)) return ok({ type: "object" });
  return refuse({
    message: `once must be written: nothing else says when a new episode of ${input.resource} begins`,
    hint: FORMS,
  });
}

/** Each time that a field changes is an episode of its own: what stays the same for longer would let a rule act only the first time. */
function ofComparedFields(input: {
  readonly written: unknown;
  readonly resource: string;
  readonly builtin: boolean;
  readonly compared: readonly string[];
}): Result<Once, OnceFault> {
  if (input.written === undefined) return ok({ type: "change" });
  const once = parseOnce(input.written, input.resource, input.builtin);
  if (!once.ok || once.value.type === "change" || once.value.type === "key") return once;
  // Every change of the spec is a new generation.
  const isOfSpec = input.compared.every((field) => /^spec(?![^.[])/.test(field));
  if (once.value.type === "generation" && isOfSpec) return once;
  return refuse({
    message: `once: ${once.value.type} stays the same when a field changes, and the rule compares fields (on.changed)`,
    hint: "remove once, which is then change, or write { key: <CEL text> } with what differs from one change to the next",
  });
}

function parseOnce(written: unknown, resource: string, builtin: boolean): Result<Once, OnceFault> {
  if (written === "object" || written === "change") return ok({ type: written });
  if (written === "generation") {
    return builtin && !hasGeneration(resource)
      ? refuse({
          message: `${resource} have no generation that counts changes`,
          hint: "object, change, { condition: <type> } or { key: <CEL text> }",
        })
      : ok({ type: "generation" });
  }
  const keys = isObject(written) ? Object.keys(written) : [];
  const value = isObject(written) && keys.length === 1 ? written[keys[0] ?? ""] : undefined;
  if (typeof value !== "string" || value === "") {
    return refuse({ message: "does not identify an episode", hint: FORMS });
  }
  if (keys[0] === "condition") return ok({ type: "condition", condition: value });
  if (keys[0] !== "key") return refuse({ message: "does not identify an episode", hint: FORMS });
  const compiled = compileExpression(value);
  if (compiled.ok) return ok({ type: "key", expression: value });
  const { message, offset } = compiled.error;
  const fault = { message: `CEL: ${message}`, hint: "an expression that gives text", at: ["key"] };
  return refuse(offset === undefined ? fault : { ...fault, offset });
}
