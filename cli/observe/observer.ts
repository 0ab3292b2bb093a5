import pc from "picocolors";
import type { ChangeMessage } from "../../events/change.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { findExclusion } from "../../core/decide/decide.ts";
import { findBoundRules } from "../../core/pipeline/watches.ts";
import { createTally, type RuleTally } from "../../core/simulate/tally.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { readCluster, type ReadClusterDeps } from "../../functions/normalize/read-cluster.ts";
import { decideChange, type ExplainedDecision } from "../simulate/decide/decide-change.ts";
import type { SimulatedPlan } from "../simulate/decide/simulated-plan.ts";
import { formatPlan, toPlanRecord } from "../simulate/report/format-plan.ts";
import {
  formatChange,
  formatDecision,
  toChangeRecord,
  toDecisionRecord,
} from "../simulate/report/format.ts";
import { planLive } from "./plan-live.ts";

export type ObserverDeps = ReadClusterDeps & {
  readonly pipeline: Pipeline;
  /** Whether decisions that did not match are reported, too. */
  readonly all: boolean;
  readonly report: (line: string, record: Readonly<Record<string, unknown>>) => void;
};

/** Decides on changes as normalize and remediate would, and reports what would be done. */
export type Observer = {
  /** `body` is a message as the relay makes it. Its reads are ended by the signal; nothing of a change is reported then. */
  readonly see: (body: string, signal: AbortSignal) => Promise<void>;
  readonly summary: () => readonly RuleTally[];
};

/** Most sentences about changes that could not be decided; a cluster that is away would repeat them for each. */
const MAX_UNREAD = 20;

export function createObserver(deps: ObserverDeps): Observer {
  const { pipeline } = deps;
  const tally = createTally(pipeline.rules.map(({ id }) => id));
  let unread = 0;
  return {
    summary: tally.rules,
    async see(body, signal) {
      const parsed = parseChangeBody(body);
      if (parsed.outcome === "refused") return;
      const message = parsed.value;
      const rules = findBoundRules(pipeline, message.data.watch);
      if (rules.every((rule) => findExclusion(rule, message) !== undefined)) return;
      const read = await readCluster(deps, rules, message, signal);
      if (read.outcome !== "read") {
        unread += 1;
        if (unread <= MAX_UNREAD) reportUnread(deps, message, read.reason);
        return;
      }
      const decisions = decideChange(pipeline, read.message, read.references) ?? [];
      for (const decision of decisions) {
        const isNew = tally.add(decision);
        if (decision.outcome === "notMatched" && !deps.all) continue;
        const catalog = await deps.discovery.catalog(signal);
        const input = { ...deps, message: read.message, references: read.references, catalog };
        const plan = isNew ? await planLive(decision, input, signal) : undefined;
        reportDecision(deps, read.message, { decision, isNew, plan });
      }
    },
  };
}

function reportUnread({ report }: ObserverDeps, message: ChangeMessage, reason: string): void {
  report(`${formatChange(message)}\n  ${pc.yellow(toPrintable(`not decided: ${reason}`))}`, {
    type: "undecided",
    ...toChangeRecord(message),
    reason,
  });
}

function reportDecision(
  { report }: ObserverDeps,
  message: ChangeMessage,
  made: {
    readonly decision: ExplainedDecision;
    readonly isNew: boolean;
    readonly plan: SimulatedPlan | undefined;
  },
): void {
  const { decision, isNew, plan } = made;
  const lines = [formatChange(message), formatDecision(decision, isNew)];
  report([...lines, ...(plan === undefined ? [] : formatPlan(plan))].join("\n"), {
    type: "decision",
    ...toChangeRecord(message),
    ...toDecisionRecord(decision),
    isNew,
    ...(plan === undefined ? {} : { plan: toPlanRecord(plan) }),
  });
}
