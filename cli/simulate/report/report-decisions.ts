import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { toPrintable } from "../../../core/text/printable.ts";
import type { Message, SideDecision, SideDecisions } from "../decide/decide-side.ts";
import { formatChange, formatDecision, toChangeRecord, toDecisionRecord } from "./format.ts";
import { formatAnswer, formatEvent, toAnswerRecord } from "./format-guards.ts";
import { formatPlan, toPlanRecord } from "./format-plan.ts";
import type { Report } from "./line-writer.ts";
import type { Side } from "../decide/side.ts";

/** Reports each decision of one pipeline: what a match would do, what the guards of its rule say, and what they do later. */
export function createDecisionReporter(
  side: Side,
  report: Report,
): {
  readonly decided: (read: Message, decided: SideDecisions) => void;
  readonly ended: (events: readonly GuardEvent[]) => void;
} {
  const reportEvents = (events: readonly GuardEvent[]): void => {
    for (const event of events) {
      side.guardTally.add(event);
      report(formatEvent(event), { type: "guard", ...event });
    }
  };
  return {
    decided(read, { decisions, before, after }) {
      reportEvents(before);
      const { message, line } = read;
      if (decisions === undefined) {
        const reason = side.watches.addUnbound(message);
        report(`${formatChange(message, line)}\n  unbound: ${toPrintable(reason)}`, {
          type: "unbound",
          ...toChangeRecord(message, line),
          reason,
        });
      }
      for (const [index, one] of (decisions ?? []).entries()) {
        if (one.guard !== undefined) side.guardTally.add(one.guard);
        const heading = index === 0 ? `${formatChange(message, line)}\n` : "";
        report(heading + formatOutcome(one), {
          type: "decision",
          ...toChangeRecord(message, line),
          ...toOutcomeRecord(one),
        });
      }
      reportEvents(after);
    },
    ended: reportEvents,
  };
}

function formatOutcome({ decision, isNew, plan, guard }: SideDecision): string {
  return [
    formatDecision(decision, isNew),
    ...(plan === undefined ? [] : formatPlan(plan)),
    ...(guard === undefined ? [] : [formatAnswer(guard)]),
  ].join("\n");
}

/** A decision in the JSON output, with what would be done. */
export function toOutcomeRecord({
  decision,
  plan,
  guard,
}: SideDecision): Readonly<Record<string, unknown>> {
  return {
    ...toDecisionRecord(decision),
    ...(plan === undefined ? {} : { plan: toPlanRecord(plan) }),
    ...(guard === undefined ? {} : { guards: toAnswerRecord(guard) }),
  };
}
