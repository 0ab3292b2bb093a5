import { CHANGE_KINDS } from "../../../events/ids.ts";
import { parse } from "../../cel/syntax/parse.ts";
import { toChildren, toConstantText, toFieldPath, type Expr } from "../../cel/syntax/tree.ts";
import { countEdits } from "../../text/suggest.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

/** The texts that Kubernetes writes into a field: `status.phase`, or `status.conditions[].type`. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  pods: {
    "status.phase": ["Pending", "Running", "Succeeded", "Failed", "Unknown"],
    "status.qosClass": ["Guaranteed", "Burstable", "BestEffort"],
    "status.reason": ["Evicted", "NodeLost", "NodeAffinity", "Shutdown", "Preempting"],
    "spec.restartPolicy": ["Always", "OnFailure", "Never"],
    ...toContainerReasons(),
    "status.conditions[].type": [
      "PodScheduled",
      "Initialized",
      "ContainersReady",
      "Ready",
      "DisruptionTarget",
    ],
  },
  namespaces: { "status.phase": ["Active", "Terminating"] },
  persistentvolumes: { "status.phase": ["Pending", "Available", "Bound", "Released", "Failed"] },
  persistentvolumeclaims: { "status.phase": ["Pending", "Bound", "Lost"] },
  events: { type: ["Normal", "Warning"] },
  "events.events.k8s.io": { type: ["Normal", "Warning"] },
  nodes: {
    "status.conditions[].type": [
      "Ready",
      "MemoryPressure",
      "DiskPressure",
      "PIDPressure",
      "NetworkUnavailable",
    ],
  },
  "jobs.batch": {
    "status.conditions[].type": [
      "Complete",
      "Failed",
      "Suspended",
      "FailureTarget",
      "SuccessCriteriaMet",
    ],
  },
  "deployments.apps": {
    "status.conditions[].type": ["Available", "Progressing", "ReplicaFailure"],
  },
};
/** The reasons that the kubelet gives: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/container/sync_result.go */
function toContainerReasons(): Readonly<Record<string, readonly string[]>> {
  const waiting =
    "CrashLoopBackOff ImagePullBackOff ErrImagePull InvalidImageName ContainerCreating PodInitializing CreateContainerConfigError CreateContainerError RunContainerError".split(
      " ",
    );
  const terminated =
    "OOMKilled Error Completed ContainerCannotRun ContainerStatusUnknown DeadlineExceeded StartError".split(
      " ",
    );
  return Object.fromEntries(
    ["containerStatuses", "initContainerStatuses"].flatMap((list) => [
      [`status.${list}[].state.waiting.reason`, waiting],
      [`status.${list}[].state.terminated.reason`, terminated],
      [`status.${list}[].lastState.terminated.reason`, terminated],
    ]),
  );
}

/** The kinds of Kubernetes in lower case: custom kinds may have nearly the same names. */
const KINDS: ReadonlyMap<string, string> = new Map(
  builtinCatalog().entries.map(({ kind }) => [kind.toLowerCase(), kind]),
);

const CONDITION_STATUSES = ["True", "False", "Unknown"];
const CONDITIONS = "status.conditions[]";

/**
 * Texts in conditions that are nearly those that Kubernetes writes, but never equal to them: `failed` for `Failed`. Other texts may be
 * written by other controllers, so only slips are faults.
 */
export function findLiteralFaults(
  { on, where, once }: Pick<Rule, "on" | "where" | "once">,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  const known = KNOWN[on.resource] ?? {};
  const issues: PipelineIssue[] = [];
  const note = (field: string, text: string, offset: number): void => {
    const right =
      field.endsWith("bject.kind") || field === "regarding.kind"
        ? KINDS.get(text.toLowerCase())
        : findMeant(text, toTexts(field, known), field === "change.kind");
    if (right === undefined || right === text) return;
    const message = `CEL: ${JSON.stringify(text)} is never a value of ${field}`;
    issues.push({
      path: [...path, "where"],
      message,
      hint: `did you mean ${right
        .split(" or ")
        .map((one) => JSON.stringify(one))
        .join(" or ")}?`,
      offset,
    });
  };
  if (where !== undefined) visit(parse(where), new Map(), note);
  if (issues.length > 0 || once.type !== "condition") return issues;
  const right = findMeant(once.condition, known[`${CONDITIONS}.type`] ?? [], false);
  if (right === undefined) return [];
  const message = `${on.resource} have no condition ${once.condition}`;
  return [{ path: [...path, "once"], message, hint: `did you mean ${right}?` }];
}

function toTexts(
  field: string,
  known: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  if (field === "change.kind") return CHANGE_KINDS;
  return field === `${CONDITIONS}.status` ? CONDITION_STATUSES : (known[field] ?? []);
}

/** The known text that was meant; undefined if the text is known, or is no slip. Of a closed set every other text is one. */
function findMeant(text: string, known: readonly string[], isClosed: boolean): string | undefined {
  if (known.length === 0 || known.includes(text)) return undefined;
  const near = known.find(
    (one) =>
      one.toLowerCase() === text.toLowerCase() || (text.length > 4 && countEdits(one, text) <= 2),
  );
  return near ?? (isClosed ? known.join(" or ") : undefined);
}

type Note = (field: string, text: string, offset: number) => void;
/** The place in the object that the variable of a macro stands for. */
type Scope = ReadonlyMap<string, string>;

function visit(expr: Expr, scope: Scope, note: Note): void {
  if (expr.type === "macro") {
    visit(expr.range, scope, note);
    const [variable] = expr.variables;
    const items = toField(expr.range, scope);
    const inner =
      expr.variables.length === 1 && variable !== undefined && items !== undefined
        ? new Map(scope).set(variable, `${items}[]`)
        : scope;
    for (const body of expr.bodies) visit(body, inner, note);
    return;
  }
  if (expr.type === "call" && expr.target === undefined)
    noteTexts(expr.name, expr.args, scope, note);
  for (const child of toChildren(expr)) visit(child, scope, note);
}

function noteTexts(name: string, args: readonly Expr[], scope: Scope, note: Note): void {
  const [left, right] = args;
  if (left === undefined || right === undefined) return;
  if (name === "==" || name === "!=") {
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const field = toField(side, scope);
      const text = toConstantText(other);
      if (field !== undefined && text !== undefined) note(field, text, other.offset);
    }
  }
  const field = name === "in" ? toField(left, scope) : undefined;
  if (field === undefined || right.type !== "list") return;
  for (const { value } of right.items) {
    const text = toConstantText(value);
    if (text !== undefined) note(field, text, value.offset);
  }
}

/** `status.phase` of `object.status.phase`, and `status.conditions[].type` of a macro's `c.type`. */
function toField(expr: Expr, scope: Scope): string | undefined {
  const path = toFieldPath(expr);
  if (path === undefined) return undefined;
  const [root = "", ...rest] = path;
  const of = scope.get(root);
  if (of !== undefined) return [of, ...rest].join(".");
  if (root === "change") return path.join(".");
  return root === "object" ? rest.join(".") : undefined;
}
