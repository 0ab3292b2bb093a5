import { Command } from "commander";
import {
  createGuardStore,
  toGuardPath,
  type GuardStore,
} from "../../adapters/kubernetes/guards/guards.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isPaused } from "../../core/guards/limits.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { ALL_GUARD, GUARD_LABEL, GUARD_RESOURCE, type RuleGuard } from "../../events/rule-guard.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { addRecordsOptions, withCluster, type RecordsOptions } from "../records/with-records.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError } from "../terminal/streams.ts";
import { describePause, toStillPaused } from "./describe-pause.ts";
import { checkReason, toGuardName, toUntil } from "./parse-asked.ts";

type CommonOptions = RecordsOptions & { readonly config?: string; readonly json?: boolean };
type PauseOptions = CommonOptions & { readonly for?: string; readonly reason: string };

/** `kubemend pause [RULE]`: nothing more of the rule, or of any, is started. */
export function pauseCommand(): Command {
  const command = new Command("pause")
    .description("Pause a rule, or all rules: nothing more is started, what has begun is finished")
    .argument("[rule]", "id of the rule (default: all rules)")
    .option("--for <duration>", "how long, such as 30m or 2h (default: until it is resumed)")
    .requiredOption("--reason <text>", "why, for those who wonder");
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

type Deps = {
  readonly client: KubernetesClient;
  readonly store: GuardStore;
  readonly output: Output;
  readonly signal: AbortSignal;
};

async function pause(rule: string | undefined, options: PauseOptions): Promise<void> {
  const until = toUntil(options.for, Date.now());
  const paused = { reason: checkReason(options.reason), ...(until === undefined ? {} : { until }) };
  const name = await findGuardName(rule, options);
  const rights = [{ resource: GUARD_RESOURCE, verbs: ["create", "list", "patch"] }];
  await within(options, { name: "pause", rights }, async (deps) => {
    const { client, store, output, signal } = deps;
    const { own } = await store.read(name, signal);
    const guard = own ?? (await create(name, options, deps));
    await client.request({ ...toPatch(guard, { ...paused, until: until ?? null }), signal });
    const line = describePause(name, paused, Date.now());
    output.report(toPrintable(line), { type: "paused", rule: name, ...paused });
  });
}

/** A rule that has never started anything has no guard; nor has a name that is misspelt. */
async function create(
  name: string,
  { config }: CommonOptions,
  { store, signal }: Deps,
): Promise<RuleGuard> {
  if (name !== ALL_GUARD && config === undefined) {
    const known = (await store.list(signal)).map(({ metadata }) => metadata.name);
    const near = suggestName(name, known);
    const hint = near === undefined ? "" : ` Did you mean ${near}?`;
    const text = `Nothing of a rule ${name} was started before, so its name cannot be checked: --config FILE checks it.${hint}`;
    writeError(`${toPrintable(text)}\n`);
  }
  return (await store.obtain(name, signal)).own;
}

async function resume(rule: string | undefined, options: CommonOptions): Promise<void> {
  const name = await findGuardName(rule, options);
  const rights = [{ resource: GUARD_RESOURCE, verbs: ["list", "patch"] }];
  await within(options, { name: "resume", rights }, async ({ client, store, output, signal }) => {
    const guards = await store.list(signal);
    const guard = guards.find(({ metadata }) => metadata.name === name);
    const wasPaused = isPaused(guard?.spec?.paused, Date.now());
    if (guard?.spec?.paused !== undefined) {
      await client.request({ ...toPatch(guard, null), signal });
    }
    const still = toStillPaused(name, guards, Date.now());
    const what = name === ALL_GUARD ? "All rules" : `Rule ${name}`;
    const first = wasPaused
      ? `${what} resumed: what waits starts within a minute, as far as its guards allow.`
      : `${what}: there was no pause to end.`;
    output.report([first, ...still.lines].map(toPrintable).join("\n"), {
      type: "resumed",
      rule: name,
      wasPaused,
      stillPaused: still.pauses,
    });
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
    work({ client, store: createGuardStore({ client, namespace }), output, signal });
  await withCluster(options, command, run, signal);
}

/** A merge patch keeps what it does not name, so the end of an earlier pause is removed by null. */
function toPatch(
  { metadata }: RuleGuard,
  paused: { readonly reason: string; readonly until: string | null } | null,
) {
  const labels = { [GUARD_LABEL]: metadata.name };
  return {
    method: "PATCH",
    path: toGuardPath(metadata),
    contentType: "application/merge-patch+json",
    body: { metadata: { labels }, spec: { paused } },
  } as const;
}
