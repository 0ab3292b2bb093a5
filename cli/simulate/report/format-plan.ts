import pc from "picocolors";
import { formatChanges } from "../../../core/preview/format-changes.ts";
import { formatHead } from "../../../core/preview/preview-step.ts";
import { toPrintable } from "../../../core/text/printable.ts";
import { formatDiff } from "../../records/format-preview.ts";
import type { SimulatedPlan, SimulatedStep } from "../decide/simulated-plan.ts";
import type { SimulatedAlert } from "../decide/simulate-alert.ts";

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
              `to see it: ${missing.command} > objects.yaml, then ${toOption(missing.cluster)}objects.yaml`,
            ),
          ),
        ]),
  ].map((line) => `      ${line}`);
}

function toOption(cluster: string | undefined): string {
  return cluster === undefined ? "--objects " : `--objects-in ${cluster}=`;
}

function formatStep(step: SimulatedStep): readonly string[] {
  const alert = step.alert === undefined ? [] : formatAlert(step.alert);
  return [formatHead(step), ...formatDiff(formatChanges(step.changes)), ...alert];
}

/** What its receivers would show. */
function formatAlert(alert: SimulatedAlert): readonly string[] {
  const { title, severity, receivers, unknownLabels, labels, runbook, fields } = alert;
  const to = receivers.map(({ name, is }) => (is === undefined ? name : `${name} (${is})`));
  const lines = [
    `title: ${title}`,
    `severity: ${severity}`,
    `receivers: ${to.join(", ")}`,
    ...(unknownLabels === undefined
      ? []
      : [
          `the labels of the namespace ${unknownLabels} are not known, so routes that ask for them were passed over: --objects may name the Namespace`,
        ]),
    ...Object.entries(labels).map(([name, value]) => `label ${name}: ${value}`),
    ...(runbook === undefined ? [] : [`runbook: ${runbook}`]),
    ...fields.map(({ name, value }) => `${name}: ${value}`),
  ];
  return lines.map((line) => `    ${pc.dim(toPrintable(line))}`);
}

/** The same for scripts, with each change of a field. */
export function toPlanRecord(plan: SimulatedPlan): Readonly<Record<string, unknown>> {
  const { waits, steps, notes = [], refusal = null, missing = null, startsAt } = plan;
  return { waits, steps, notes, refusal, missing, ...(startsAt === undefined ? {} : { startsAt }) };
}
