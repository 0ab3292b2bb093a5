import type { KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { RecordedLine } from "../../../adapters/recording/read-recording.ts";
import { isRemediation } from "../../../core/actions/registry.ts";
import { isWrite } from "../../../core/records/target.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { toMirrorSteps } from "../../../core/simulate/mirror-steps.ts";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { toSeenState } from "../../../core/simulate/seen-state.ts";
import { decideChange, type ExplainedDecision, type SeenMessage } from "./decide-change.ts";
import type { ObjectsElsewhere } from "./offline-objects.ts";
import { planMatch } from "./plan-match.ts";
import type { SimulatedPlan } from "./simulated-plan.ts";
import type { Side } from "./side.ts";
import { toSimulatedRecord } from "./simulated-record.ts";

export type Message = Extract<RecordedLine, { readonly outcome: "read" }>;

/** What one pipeline makes of a change by one rule. */
export type SideDecision = {
  readonly decision: ExplainedDecision;
  /** Nothing is done again for an episode that an earlier change has started. */
  readonly isNew: boolean;
  readonly plan?: SimulatedPlan | undefined;
  /** It asks the guards of its rule, at once or after its waits. */
  readonly isRequested: boolean;
  /** Their answer, if they were asked at once. */
  readonly guard?: GuardEvent | undefined;
};

/** What one pipeline makes of a change. */
export type SideDecisions = {
  /** Undefined: none of its rules is bound to the watch of the change. */
  readonly decisions: readonly SideDecision[] | undefined;
  /** What its guards did since the change before. */
  readonly before: readonly GuardEvent[];
  /** What they did with this change, besides the answers to it. */
  readonly after: readonly GuardEvent[];
};

export type SideInput = {
  readonly read: Message;
  readonly seen: SeenMessage;
  readonly references: readonly FoundReference[];
  readonly catalog: Catalog;
  readonly objects: readonly KubernetesObject[];
  readonly elsewhere?: ObjectsElsewhere | undefined;
};

/** Decides on a change, plans what each match would do, and asks the guards for it. */
export async function decideSide(
  side: Side,
  input: SideInput,
  signal: AbortSignal,
): Promise<SideDecisions> {
  const { seen, references, read } = input;
  const nowMs = Date.parse(read.message.time);
  const before = side.guards.advance(nowMs);
  side.alerts.advance(nowMs);
  side.watches.see(read.message);
  const decided = decideChange(side.pipeline, seen.message, references);
  const decisions: SideDecision[] = [];
  for (const decision of decided ?? []) {
    decisions.push(await takeDecision(side, decision, input, signal));
  }
  const events = side.guards.advance(nowMs);
  side.alerts.advance(nowMs);
  const answers = new Map<string, GuardEvent>();
  for (const event of events) {
    if (event.line === read.line && !answers.has(event.rule)) answers.set(event.rule, event);
  }
  return {
    decisions: decided && decisions.map((one) => withAnswer(one, answers)),
    before,
    after: events.filter((event) => answers.get(event.rule) !== event),
  };
}

async function takeDecision(
  side: Side,
  decision: ExplainedDecision,
  { seen, references, read, catalog, objects, elsewhere }: SideInput,
  signal: AbortSignal,
): Promise<SideDecision> {
  const { rule, recordName = "" } = decision;
  const { guards, alerts, tally } = side;
  const state = toSeenState(decision, seen.message);
  // It is sent again if the object did not match in between.
  const isAgain = state !== undefined && state.record !== undefined && alerts.isOver(state);
  if (state !== undefined) {
    guards.see(state);
    alerts.see(state, state.record !== undefined);
  }
  const isNew = tally.add(decision) || guards.isReopenable(recordName);
  if (!isNew && !isAgain) return { decision, isNew, isRequested: false };
  const mirrored = toMirrorSteps(rule, seen.message);
  if (mirrored !== undefined) {
    return { decision, isNew, plan: { waits: [], ...mirrored }, isRequested: false };
  }
  const input = { ...seen, references, catalog, objects, elsewhere };
  const plan = await planMatch(decision, input, signal);
  if (plan !== undefined && !isRemediation(rule.then)) {
    alerts.add(plan.messages ?? [], Date.parse(plan.startsAt ?? seen.message.time));
  }
  if (!isNew) return { decision, isNew, isRequested: false };
  const record = toSimulatedRecord(decision, input);
  if (plan === undefined || record === undefined || !isAsked(decision, plan)) {
    return { decision, isNew, plan, isRequested: false };
  }
  const matchedMs = Date.parse(seen.message.time);
  const asksMs = plan.startsAt === undefined ? matchedMs : Date.parse(plan.startsAt);
  guards.request({ rule, record, line: read.line, matchedMs, asksMs });
  return { decision, isNew, plan, isRequested: true };
}

/** The guards are asked before the first write. What is not known is taken to write something. */
function isAsked({ rule }: ExplainedDecision, { steps, missing }: SimulatedPlan): boolean {
  return missing === undefined ? steps.some(isWrite) : isRemediation(rule.then);
}

function withAnswer(one: SideDecision, answers: ReadonlyMap<string, GuardEvent>): SideDecision {
  const guard = one.isRequested ? answers.get(one.decision.rule.id) : undefined;
  return guard === undefined ? one : { ...one, guard };
}
