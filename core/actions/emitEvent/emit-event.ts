import * as v from "valibot";
import { sha256 } from "../../../events/ids.ts";
import { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import { limitBytes } from "../../text/limit-text.ts";
import type { EventOperation } from "../../operations/operation.ts";
import { ok, type Result } from "../../result.ts";
import type { Action, ActionAnswer, ActionState } from "../contract/action.ts";
import { readTarget, refused, toRefusal, withoutManagers } from "../contract/change-target.ts";
import { toCluster } from "../contract/cluster.ts";
import { toCause } from "../contract/loop.ts";
import { toWalkPermissions } from "../contract/owner-walk.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";
import {
  targetSchema,
  toTargetPermissions,
  toTargetResources,
  type Refusal,
  type TargetParameter,
} from "../contract/target.ts";
import { toText } from "../contract/text-values.ts";

export type EmitEventParameters = {
  readonly target: TargetParameter;
  readonly type: "Normal" | "Warning";
  readonly reason: RuleValue<string>;
  readonly message: RuleValue<string>;
};

const TARGETS = { kinds: {}, others: true };
/** Limits of the API server for an Event: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const REASON = /^[A-Za-z][A-Za-z0-9]{0,127}$/;
const NOTE_MAX_BYTES = 1024;
/** The name of the object, a dot and the 20 characters of the digest fit into 253. */
const NAME_MAX_LENGTH = 232;

/**
 * Reports something as a Kubernetes Event about an object. The same text about the same object is one Event, whose count rises. Refused,
 * besides what every action refuses, with NoText and NoReason.
 */
export const emitEvent: Action<EmitEventParameters> = {
  name: "emitEvent",
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    type: v.optional(v.picklist(["Normal", "Warning"], "expected Normal or Warning"), "Warning"),
    reason: ruleValueSchema(
      v.pipe(v.string(), v.regex(REASON, "expected one word such as BackupMissing")),
      "one word such as BackupMissing",
    ),
    message: ruleValueSchema(v.pipe(v.string(), v.nonEmpty("expected a text")), "a text"),
  }),
  remediates: true,
  targets: TARGETS,
  verb: "report on",
  expressions: [],
  permissions: ({ target }, on) => [
    ...toTargetPermissions(toTargetResources(target, TARGETS, on), ["get"]),
    ...toWalkPermissions(target, TARGETS, on),
    { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "get", "patch"] },
  ],
  next(state): ActionAnswer {
    const live = readTarget(state, TARGETS, true);
    if ("outcome" in live) return live;
    const texts = readTexts(state);
    if (!texts.ok) return refused(texts.error);
    const operation = toOperation(state, live.address, texts.value);
    return { outcome: "operations", operations: [operation], target: withoutManagers(live.object) };
  },
};

type Texts = { readonly reason: string; readonly note: string };

function readTexts({
  parameters,
  evaluate,
}: ActionState<EmitEventParameters>): Result<Texts, Refusal> {
  const reason = toText(parameters.reason, "the reason", evaluate);
  if (!reason.ok) return reason;
  if (!REASON.test(reason.value)) {
    const message = `the reason would be ${JSON.stringify(reason.value)}: it must be one word of at most 128 letters and digits`;
    return toRefusal("NoReason", message);
  }
  const text = toText(parameters.message, "the message", evaluate);
  if (!text.ok) return text;
  return ok({ reason: reason.value, note: limitBytes(text.value, NOTE_MAX_BYTES) });
}

function toOperation(
  state: ActionState<EmitEventParameters>,
  regarding: EventOperation["regarding"],
  { reason, note }: Texts,
): EventOperation {
  const { rule, parameters } = state;
  const { type } = parameters;
  const digest = sha256(regarding.uid, rule.id, type, reason, note).slice(0, 20);
  return {
    type: "event",
    name: "emitEvent",
    target: {
      group: "events.k8s.io",
      version: "v1",
      resource: "events",
      kind: "Event",
      // The Events of a cluster-scoped object are in this namespace.
      namespace: regarding.namespace ?? "default",
      name: `${regarding.name.slice(0, NAME_MAX_LENGTH)}.${digest}`,
      ...toCluster(regarding),
    },
    regarding,
    eventType: type,
    reason,
    note,
    annotations: toCauseAnnotations(toCause(state)),
  };
}
