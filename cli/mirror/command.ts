import { Command, InvalidArgumentError } from "commander";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createMirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { KubemendError } from "../../core/errors.ts";
import { parseDuration } from "../../core/text/duration.ts";
import { findMirrorRules } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { suggestName } from "../../core/text/suggest.ts";
import {
  COMPARE_REQUEST_ANNOTATION,
  MIRROR_RESOURCE,
  type Mirror,
} from "../../events/mirrors/mirror.ts";
import { toGuardName } from "../pause/parse-asked.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { addRecordsOptions, withCluster, type RecordsOptions } from "../records/with-records.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput } from "../terminal/output.ts";
import { misuse } from "../terminal/misuse.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { awaitComparisons } from "./await-comparisons.ts";
import { describeRequested, formatCompared, toComparedLine } from "./format-comparison.ts";
import { requestComparison } from "../records/request-comparisons.ts";

type CompareOptions = RecordsOptions & {
  readonly to?: string;
  readonly config?: string;
  readonly wait: boolean;
  readonly timeout: number;
  readonly json?: boolean;
};

/** `kubemend mirror compare RULE`: asks the functions to compare all objects of a rule with their copies, and to repair what differs. */
export function mirrorCommand(): Command {
  const compare = new Command("compare")
    .description("Have all objects of a rule compared with their copies now, and repaired")
    .argument("<rule>", "id of the rule that mirrors")
    .option("--to <cluster>", "only in this cluster (default: in all targets of the rule)")
    .option("--config <file>", "pipeline file, to check that it has the rule")
    .option("--no-wait", "ask, and do not wait for the comparison")
    .option("--timeout <duration>", "how long to wait: 90s, 5m, or seconds", parseSeconds, 300)
    .option("--json", "print one JSON object per line");
  addRecordsOptions(compare)
    .addHelpText(
      "after",
      `
The request is an annotation of the Mirror, and the functions answer it: within a minute the sweep has the comparison begun.
This command writes nothing else, so the right to patch mirrors in the namespace is enough. With kubectl:

  kubectl annotate mirror RULE.CLUSTER -n kubemend --overwrite ${COMPARE_REQUEST_ANNOTATION}=$(date +%s)

\`kubemend diff\` shows what differs, and has nothing repaired.

Examples:
  kubemend mirror compare mirror-shop-config
  kubemend mirror compare mirror-shop-config --to backup-eu --no-wait

Exit codes: 0 compared (--no-wait: requested), 1 not within the time, or refused, 2 wrong usage.`,
    )
    .action(run);
  return new Command("mirror").description("Steer mirrors").addCommand(compare);
}

function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  const seconds = ms === undefined ? Number(text) : ms / 1_000;
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("expected a duration such as 90s or 5m, or a number of seconds.");
}

async function run(name: string, options: CompareOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  const pipeline = options.config === undefined ? undefined : await readPipeline(options.config);
  const rule = toGuardName(name, pipeline);
  if (pipeline !== undefined) checkTarget(pipeline, rule, options.to);
  using stop = stopSignal();
  const { signal } = stop;
  const verbs = options.wait ? ["get", "list", "patch"] : ["list", "patch"];
  const command = { name: "mirror compare", rights: [{ resource: MIRROR_RESOURCE, verbs }] };
  const work = async (client: KubernetesClient): Promise<void> => {
    const { namespace } = options;
    const store = createMirrorStore({ client, namespace });
    const mirrors = select(await store.list(signal), { rule, ...options });
    const request = new Date().toISOString();
    for (const mirror of mirrors) {
      await requestComparison(mirror, request, client, signal);
      const line = { type: "requested", rule, target: mirror.spec.target, request };
      output.report(toPrintable(describeRequested(mirror)), line);
    }
    if (!options.wait) return;
    const timeoutMs = options.timeout * 1_000;
    const awaited = { store, mirrors, request, timeoutMs, status: output.status };
    for (const compared of await awaitComparisons(awaited, signal)) {
      output.report(toPrintable(formatCompared(compared)), toComparedLine(compared));
      if (compared.outcome !== "compared") process.exitCode = EXIT_FAILED;
    }
  };
  await withCluster(options, command, work, signal);
}

/** The file shows whether the rule mirrors, and to which clusters. */
function checkTarget({ rules }: Pipeline, id: string, to: string | undefined): void {
  const found = findMirrorRules(rules).find(({ rule }) => rule.id === id);
  if (found === undefined) throw misuse(`the rule ${id} does not mirror`);
  const { to: targets } = found.mirror;
  if (to === undefined || targets.includes(to)) return;
  throw misuse(`the rule ${id} does not mirror to ${to}, but to: ${targets.join(", ")}`);
}

/** The mirrors of the rule. The functions create one with the first comparison, so one that is not there has nothing to be asked for. */
function select(
  all: readonly Mirror[],
  {
    rule,
    to,
    namespace,
  }: { readonly rule: string; readonly to?: string | undefined; readonly namespace: string },
): readonly Mirror[] {
  const own = all.filter(({ spec }) => spec.rule === rule);
  const found = own.filter(({ spec }) => to === undefined || spec.target === to);
  if (found.length > 0) return found;
  const isRuleKnown = own.length > 0;
  const names = isRuleKnown ? own.map(({ spec }) => spec.target) : all.map(({ spec }) => spec.rule);
  const near = suggestName(isRuleKnown ? (to ?? "") : rule, [...new Set(names)]);
  const what = isRuleKnown
    ? `The rule ${rule} has no mirror in ${to}`
    : `The rule ${rule} has no mirror`;
  const hint = near === undefined ? "`kubectl get mirrors -A` lists them" : `did you mean ${near}`;
  const text = `${what} in the namespace ${namespace}: ${hint}${near === undefined ? "." : "?"} A new one is compared by itself within a minute.`;
  throw new KubemendError("Refused", toPrintable(text), { retryable: false });
}
