import { Command } from "commander";
import { createGuardStore, type GuardPair } from "../../adapters/kubernetes/guards/guards.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import {
  createCountSelected,
  type CountSelected,
} from "../../adapters/kubernetes/guards/count-selected.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../core/errors.ts";
import { isRemediation } from "../../core/actions/registry.ts";
import { toIso } from "../../core/guards/hold.ts";
import { inspectGuard } from "../../core/guards/inspect.ts";
import { isPaused } from "../../core/guards/limits.ts";
import { toModeAt } from "../../core/guards/times/timed-mode.ts";
import { DEFAULT_GUARDS } from "../../core/guards/settings.ts";
import { findMirror } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { RECORD_RESOURCE } from "../../events/remediation.ts";
import { ALL_GUARD, GUARD_RESOURCE, type RuleGuard } from "../../events/rule-guard.ts";
import { toState } from "../../functions/remediate/guards/count.ts";
import { withSelected } from "../../functions/remediate/guards/selected.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { describePause } from "../pause/describe-pause.ts";
import { describeAbsence, findKubemend } from "../pause/find-kubemend.ts";
import { toGuardName } from "../pause/parse-asked.ts";
import { addRecordsOptions, withCluster, type RecordsOptions } from "../records/with-records.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError } from "../terminal/streams.ts";
import { formatGuard, toGuardLine, type InspectedRule } from "./format-guard.ts";
import { NO_RECORDS, readRuleRecords, withRecordEnds } from "./read-rule-records.ts";

type GuardsOptions = RecordsOptions & { readonly config?: string; readonly json?: boolean };

const COMMAND = {
  name: "guards",
  rights: [
    { resource: GUARD_RESOURCE, verbs: ["list"] },
    { resource: RECORD_RESOURCE, verbs: ["list"] },
  ],
};

/** `kubemend guards [RULE]`: what the guards have counted, what they hold back, and what would happen next. */
export function guardsCommand(): Command {
  const command = new Command("guards")
    .description("Show what holds remediations back, and what would happen to the next match")
    .argument("[rule]", "only this rule")
    .option("--config <file>", "pipeline file, for the limits of its rules")
    .option("--json", "print one JSON object per line");
  return addRecordsOptions(command).action(run);
}

async function run(rule: string | undefined, options: GuardsOptions): Promise<void> {
  const { config, json = false } = options;
  const output = createOutput({ json });
  const pipeline = config === undefined ? undefined : await readPipeline(config);
  const only = rule === undefined ? undefined : toGuardName(rule, pipeline);
  using stop = stopSignal();
  const { signal } = stop;
  const { namespace } = options;
  const work = (client: KubernetesClient): Promise<void> => {
    const deps = { client, now: () => performance.now() };
    const countSelected = createCountSelected({ ...deps, discovery: createDiscovery(deps) });
    return show({ client, namespace, pipeline, only, output, countSelected }, signal);
  };
  await withCluster(options, COMMAND, work, signal);
}

type Asked = {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly pipeline: Pipeline | undefined;
  readonly only: string | undefined;
  readonly output: Output;
  readonly countSelected: CountSelected;
};

async function show(asked: Asked, signal: AbortSignal): Promise<void> {
  const { output, only, pipeline } = asked;
  const guards = await createGuardStore(asked).list(signal);
  const all = guards.find(({ metadata }) => metadata.name === ALL_GUARD);
  if ((await findKubemend(guards, asked, signal)) === "absent") {
    writeError(`${toPrintable(describeAbsence(asked.namespace))}\n`);
  }
  const isPausedAll = showPauseOfAll(all, output);
  if (only === ALL_GUARD) {
    if (!isPausedAll) output.print("There is no pause of all rules.");
    return;
  }
  const names = only === undefined ? toNames(guards, pipeline) : [only];
  for (const name of names) {
    const own = guards.find(({ metadata }) => metadata.name === name);
    if (own === undefined && pipeline === undefined) throw toUnknown(name, guards, asked);
    const inspected = await inspect(name, { own, all }, asked, signal);
    output.report(formatGuard(inspected).map(toPrintable).join("\n"), toGuardLine(inspected));
  }
  if (names.length === 0) output.print("No rule has started anything yet.");
}

/** Without a pipeline file only the guards themselves show which rules there are. */
function toUnknown(
  name: string,
  guards: readonly RuleGuard[],
  { namespace }: Asked,
): KubemendError {
  const near = suggestName(
    name,
    guards.map(({ metadata }) => metadata.name),
  );
  const hint = near === undefined ? "`kubemend guards` lists them." : `Did you mean ${near}?`;
  const message = `The rule ${name} has no guard in the namespace ${namespace}: nothing of it was started yet. ${hint}`;
  return new KubemendError("Refused", toPrintable(message), { retryable: false });
}

/** Whether all rules are paused. */
function showPauseOfAll(all: RuleGuard | undefined, output: Output): boolean {
  const paused = all?.spec?.paused;
  if (!isPaused(paused, Date.now())) return false;
  const line = describePause(ALL_GUARD, paused, Date.now());
  output.report(toPrintable(line), { type: "paused", rule: ALL_GUARD, ...paused });
  return true;
}

/** Those of the pipeline, in its order, then guards of rules that it does not have. */
function toNames(guards: readonly RuleGuard[], pipeline: Pipeline | undefined): readonly string[] {
  const acting = pipeline?.rules.filter(({ then }) => isRemediation(then)) ?? [];
  const names = guards
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== ALL_GUARD)
    .toSorted();
  return [...new Set([...acting.map(({ id }) => id), ...names])];
}

async function inspect(
  name: string,
  pair: GuardPair,
  asked: Asked,
  signal: AbortSignal,
): Promise<InspectedRule> {
  const { pipeline } = asked;
  const rule = pipeline?.rules.find(({ id }) => id === name);
  const settings = rule?.guards ?? DEFAULT_GUARDS;
  const now = Date.now();
  const state = toState(pair, undefined);
  // Without a guard nothing was started, and nothing is held back.
  const records =
    pair.own === undefined ? NO_RECORDS : await readRuleRecords(asked, name, toIso(now), signal);
  const ended = withRecordEnds(state, records, toIso(now));
  const known =
    rule === undefined ? ended : await withSelected(ended, rule, asked.countSelected, signal);
  const asks = rule !== undefined && toModeAt(rule, now) === "approval";
  const report = inspectGuard(known, settings, asks, now);
  return {
    rule: name,
    limits: rule === undefined ? "assumed" : "file",
    settings,
    report,
    selected: known.selected,
    waiting: records.waiting,
    ...(records.expires === undefined ? {} : { expires: records.expires }),
    wakeAt: pair.own?.status?.wakeAt,
    objects: records.objects,
    note: toNote(pair, pipeline, rule),
  };
}

function toNote(
  { own }: GuardPair,
  pipeline: Pipeline | undefined,
  rule: Rule | undefined,
): string | undefined {
  if (pipeline === undefined) {
    const isMade = own !== undefined && own.status === undefined;
    return isMade
      ? "nothing of it was started yet, and its guard was made by a pause: is there such a rule?"
      : undefined;
  }
  if (rule === undefined) return "the pipeline has no such rule";
  if (isRemediation(rule.then)) return undefined;
  return findMirror(rule) === undefined
    ? "the rule only alerts, so nothing holds it back"
    : "the rule mirrors, and only a pause holds it back";
}
