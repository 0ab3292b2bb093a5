import pc from "picocolors";
import { formatChanges } from "../../../core/preview/format-changes.ts";
import { formatHead, type StepPreview } from "../../../core/preview/preview-step.ts";
import { toPrintable } from "../../../core/text/printable.ts";
import { formatDiff } from "../../records/format-preview.ts";
import type { SimulatedPlan } from "../decide/plan-match.ts";

/** The lines below a match: what it waits for, each step with the diff of its object, and why nothing more is done or known. */
export function formatPlan(plan: SimulatedPlan): readonly string[] {
  const { waits, steps, notes = [], refusal, missing } = plan;
  return [
    ...waits.map(toPrintable),
    ...(refusal === undefined
      ? []
      : [pc.yellow(toPrintable(`refused ${refusal.code}: ${refusal.message}`))]),
    ...steps.flatMap(formatStep),
    ...notes.map((note) => toPrintable(`nothing to do: ${note}`)),
    ...(missing === undefined
      ? []
      : [
          pc.yellow(toPrintable(`what it would do depends on more: ${missing.message}`)),
          pc.dim(
            toPrintable(
              `to see it: ${missing.command} > objects.yaml, then --objects objects.yaml`,
            ),
          ),
        ]),
  ].map((line) => `      ${line}`);
}

function formatStep(step: StepPreview): readonly string[] {
  return [formatHead(step), ...formatDiff(formatChanges(step.changes))];
}

/** The same for scripts, with each change of a field. */
export function toPlanRecord(plan: SimulatedPlan): Readonly<Record<string, unknown>> {
  const { waits, steps, notes = [], refusal = null, missing = null, startsAt } = plan;
  return { waits, steps, notes, refusal, missing, ...(startsAt === undefined ? {} : { startsAt }) };
}
