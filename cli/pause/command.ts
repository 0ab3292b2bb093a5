import { Command } from "commander";
import {
  createGuardStore,
  toGuardPath,
  type GuardStore,
} from "../../adapters/kubernetes/guards/guards.ts";
import { readUserName } from "../../adapters/kubernetes/api/user-name.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../core/errors.ts";
import { isPaused } from "../../core/guards/limits.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { ALL_GUARD, GUARD_LABEL, GUARD_RESOURCE, type RuleGuard } from "../../events/rule-guard.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { addRecordsOptions, withCluster, type RecordsOptions } from "../records/with-records.ts";
import { isUnknown } from "../silence/is-unknown.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError } from "../terminal/streams.ts";
import {
  describePause,
  describeReplaced,
  describeUnpaused,
  findPaused,
  toStillPaused,
} from "./describe-pause.ts";
import { compareResumed, describeResumed, hasMirror } from "./compare-resumed.ts";
import { describeAbsence, findKubemend, type Place } from "./find-kubemend.ts";
import { checkReason, toGuardName, toUntil } from "./parse-asked.ts";

type CommonOptions = RecordsOptions & { readonly config?: string; readonly json?: boolean };
type PauseOptions = CommonOptions & {
  readonly for?: string;
  readonly reason: string;
  readonly force?: boolean;
};

/** `kubemend pause [RULE]`: nothing more of the rule, or of any, is started. */
export function pauseCommand(): Command {
  const command = new Command("pause")
    .description("Pause a rule, or all rules: nothing more is started, what has begun is finished")
    .argument("[rule]", "id of the rule (default: all rules)")
    .option("--for <duration>", "how long, such as 30m or 2h (default: until it is resumed)")
    .requiredOption("--reason <text>", "why, for those who wonder (required)")
    .option(
      "--force",
      "pause even if nothing shows that the rule, or Kubemend in the namespace, exists",
    );
  return addCommonOptions(command).action((rule: string | undefined, options: PauseOptions) =>
    pause(rule, options),
  );
}

/** `kubemend resume [RULE]`: ends a pause. */
export function resumeCommand(): Command {
  const command = new Command("resume")
    .description("End the pause of a rule, or of all rules")
    .argument("[rule]", "id of the rule (default: the pause of all rules)");
  return addCommonOptions(command).action((rule: string | undefined, options: CommonOptions) =>
    resume(rule, options),
  );
}

function addCommonOptions(command: Command): Command {
  const withOptions = command
    .option("--config <file>", "pipeline file, to check that it has the rule")
    .option("--json", "print one JSON object");
  return addRecordsOptions(withOptions);
}

type Deps = Place & {
  readonly store: GuardStore;
  readonly output: Output;
  readonly signal: AbortSignal;
};

async function pause(rule: string | undefined, options: PauseOptions): Promise<void> {
  const until = toUntil(options.for, Date.now());
  const asked = { reason: checkReason(options.reason), ...(until === undefined ? {} : { until }) };
  const name = await findGuardName(rule, options);
  const rights = [{ resource: GUARD_RESOURCE, verbs: ["create", "list", "patch"] }];
  await within(options, { name: "pause", rights }, async (deps) => {
    const { client, store, output, signal } = deps;
    const guards = await store.list(signal);
    if (options.force !== true) await refuseMistakes(name, guards, options, deps);
    const { own: guard } = await store.obtain(name, signal);
    const by = await readUserName(client, signal).catch(() => undefined);
    signal.throwIfAborted();
    const paused = { ...asked, ...(by === undefined ? {} : { by }) };
    const change = { ...paused, until: until ?? null, by: by ?? null };
    await client.request({ ...toPatch(guard, change), signal });
    const old = guard.spec?.paused;
    const replaced = isPaused(old, Date.now()) ? old : undefined;
    const lines = [
      describePause(name, paused, Date.now()),
      ...(replaced === undefined ? [] : [describeReplaced(replaced, Date.now())]),
    ];
    const line = { type: "paused", rule: name, ...paused };
    output.report(
      lines.map(toPrintable).join("\n"),
      replaced === undefined ? line : { ...line, replaced },
    );
  });
}

/** A guard cannot be deleted, so none is made for a rule that is misspelt, or where no function reads it. */
async function refuseMistakes(
  name: string,
  guards: readonly RuleGuard[],
  { config }: CommonOptions,
  deps: Deps,
): Promise<void> {
  const presence = await findKubemend(guards, deps, deps.signal);
  const absence = describeAbsence(deps.namespace);
  if (presence === "absent") {
    throw toRefused(`${absence} Nothing was paused. --force pauses there all the same.`);
  }
  if (presence === "unknown") {
    const text = `Warning: nothing shows that Kubemend keeps its records in the namespace ${deps.namespace}, and not everything could be looked at. Where it does not, this pauses nothing.`;
    writeError(`${toPrintable(text)}\n`);
  }
  if (name === ALL_GUARD || config !== undefined) return;
  if (guards.some(({ metadata }) => metadata.name === name)) return;
  if (!(await isUnknown(name, deps, deps.signal))) return;
  // A mirror that works has no records.
  if (await hasMirror(name, deps, deps.signal)) return;
  throw toRefused(
    `Nothing of a rule ${name} was started before, so its name cannot be checked, and nothing was paused.${suggestRule(name, guards)} --config FILE checks it; --force pauses it all the same.`,
  );
}

/** Of the rules that have started something. */
function suggestRule(name: string, guards: readonly RuleGuard[]): string {
  const known = guards.filter(({ status }) => status !== undefined);
  const near = suggestName(
    name,
    known.map(({ metadata }) => metadata.name),
  );
  return near === undefined ? "" : ` Did you mean ${near}?`;
}

function toRefused(text: string): KubemendError {
  return new KubemendError("Refused", toPrintable(text), { retryable: false });
}

async function resume(rule: string | undefined, options: CommonOptions): Promise<void> {
  const name = await findGuardName(rule, options);
  const rights = [{ resource: GUARD_RESOURCE, verbs: ["list", "patch"] }];
  await within(options, { name: "resume", rights }, async (deps) => {
    const { client, store, output, signal } = deps;
    const guards = await store.list(signal);
    const guard = guards.find(({ metadata }) => metadata.name === name);
    const paused = findPaused(guards, Date.now());
    const isKnown = guard !== undefined || name === ALL_GUARD || options.config !== undefined;
    if (!isKnown) throw toRefused(describeUnpaused(name, paused, suggestRule(name, guards)));
    const wasPaused = isPaused(guard?.spec?.paused, Date.now());
    if (guard?.spec?.paused !== undefined) {
      await client.request({ ...toPatch(guard, null), signal });
    }
    const still = toStillPaused(name, wasPaused, paused, Date.now());
    const what = name === ALL_GUARD ? "All rules" : `Rule ${name}`;
    const first = wasPaused
      ? `${what} resumed: what waits starts within a minute, as far as its guards allow. Until then its record still names the pause.`
      : `${what}: there was no pause to end.`;
    const resumed = wasPaused ? await compareResumed(name, deps, signal) : { compared: [] };
    const lines = [first, ...describeResumed(name, resumed), ...still.lines];
    output.report(lines.map(toPrintable).join("\n"), {
      type: "resumed",
      rule: name,
      wasPaused,
      ...resumed,
      stillPaused: still.pauses,
    });
    if (wasPaused || (await findKubemend(guards, deps, signal)) !== "absent") return;
    writeError(`${toPrintable(describeAbsence(deps.namespace))}\n`);
  });
}

async function findGuardName(rule: string | undefined, { config }: CommonOptions): Promise<string> {
  // A faulty file is reported before any cluster is asked.
  const pipeline = config === undefined ? undefined : await readPipeline(config);
  return toGuardName(rule, pipeline);
}

async function within(
  options: CommonOptions,
  command: Parameters<typeof withCluster>[1],
  work: (deps: Deps) => Promise<void>,
): Promise<void> {
  const { namespace, json = false } = options;
  const output = createOutput({ json });
  using stop = stopSignal();
  const { signal } = stop;
  const run = (client: KubernetesClient) =>
    work({ client, namespace, store: createGuardStore({ client, namespace }), output, signal });
  await withCluster(options, command, run, signal);
}

/** A merge patch keeps what it does not name, so the end of an earlier pause is removed by null. */
function toPatch(
  { metadata }: RuleGuard,
  paused: {
    readonly reason: string;
    readonly until: string | null;
    readonly by: string | null;
  } | null,
) {
  const labels = { [GUARD_LABEL]: metadata.name };
  return {
    method: "PATCH",
    path: toGuardPath(metadata),
    contentType: "application/merge-patch+json",
    body: { metadata: { labels }, spec: { paused } },
  } as const;
}
