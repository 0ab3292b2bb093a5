import { setTimeout as sleep } from "node:timers/promises";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { toPercentile } from "./percentile.ts";
import { measureBareLoop, type BareLoop } from "./remediation/bare-loop.ts";
import type { GuardsName } from "./remediation/guards.ts";
import { play, type Passage } from "./remediation/load.ts";
import { readProcessUse, toCpuEach, type ProcessUse } from "./remediation/processes.ts";
import { countRequests, toRequestsEach } from "./remediation/requests.ts";
import { setStage, type QueueKind, type Stage } from "./remediation/stage.ts";
import { JOB_WORK, OTHER_WORK } from "./remediation/work.ts";
import type { Cell } from "./table.ts";

const WARM_UP = { perSecond: 10, count: 30 };
const BARE_COUNT = 1_000;
/** The offered rates, as parts of the rate of the bare loop. At the last it cannot keep up, so that its highest rate is seen. */
const SHARES = [0.3, 0.5, 0.6, 1];
/** The rate that one rule must sustain; what it needs is shown for this rate. */
const AIM = 0.6;

/** With one rule each remediation asks the same guard. */
const RUNS: readonly Pick<Measured, "rules" | "guards">[] = [
  { rules: 1, guards: "off" },
  { rules: 1, guards: "on" },
  { rules: 5, guards: "on" },
];

type Measured = {
  readonly rules: number;
  readonly guards: GuardsName;
  readonly share: number;
  readonly perSecond: number;
  readonly count: number;
  readonly passages: readonly Passage[];
  readonly requests: ReadonlyMap<string, number>;
  readonly cpu: ReadonlyMap<string, number>;
  readonly peakMb: number;
};

/** The bench's own requests; guards are listed by remediate alone. */
const OWN_REQUESTS = /^(?:PATCH \w+\/status|LIST (?!ruleguards)\w+)$/;

export const remediate: Bench = {
  about:
    "time from a change to the Job that repairs it, beside a bare loop; the requests, memory and CPU of a remediation",
  async run(context) {
    // fauxqs is one Node process, and slower than what it stands for.
    const queues = findElasticMqObstacle() === undefined ? "ElasticMQ" : "fauxqs";
    let bare: BareLoop | undefined;
    const all: Measured[] = [];
    for (const { rules, guards } of RUNS) {
      await using stage = await setStage({ rules, queues, guards });
      await warmUp(stage, rules, "first");
      if (bare === undefined) {
        context.progress.doing("the bare loop");
        await stage.stopPipeline();
        bare = await measureBareLoop(stage, BARE_COUNT);
        await warmUp(stage, rules, "again");
      }
      for (const share of SHARES) {
        context.progress.doing(
          `${rules} rules, guards ${guards}, ${share} of the bare loop's rate`,
        );
        const perSecond = bare.perSecond * share;
        all.push(await measure(stage, context, { rules, guards, share, perSecond }));
      }
      const problems = await stage.diagnose();
      if (problems !== "") process.stderr.write(`${problems}\n`);
    }
    if (bare === undefined) return;
    showAll(context, all, { queues, bare });
    showOthers(context, await measureOthers(context, queues, bare), all);
  },
};

/** The other actions, each on a stage of its own, at the rate that one rule must sustain. */
async function measureOthers(
  context: BenchContext,
  queues: QueueKind,
  bare: BareLoop,
): Promise<readonly (readonly [string, Measured])[]> {
  const measured: (readonly [string, Measured])[] = [];
  for (const work of OTHER_WORK) {
    context.progress.doing(`${work.action} at ${AIM} of the bare loop's rate`);
    await using stage = await setStage({ rules: 1, queues, guards: "on", work });
    await warmUp(stage, 1, "first");
    const rate = { rules: 1, guards: "on", share: AIM, perSecond: bare.perSecond * AIM } as const;
    measured.push([work.action, await measure(stage, context, rate)]);
    const problems = await stage.diagnose();
    if (problems !== "") process.stderr.write(`${problems}\n`);
  }
  return measured;
}

function showOthers(
  { show }: BenchContext,
  others: readonly (readonly [string, Measured])[],
  jobs: readonly Measured[],
): void {
  const one = jobs.filter(
    ({ rules, guards, share }) => rules === 1 && guards === "on" && share === AIM,
  );
  const all = [...one.map((measured) => [JOB_WORK.action, measured] as const), ...others];
  show({
    title: `Change to effect by action, at ${AIM} of the bare loop's rate`,
    columns: [
      "action",
      "changes/s",
      "effects/s",
      "missing",
      "p50 ms",
      "p99 ms",
      "remediate ms",
      "requests",
      "memory MB",
    ],
    rows: all.map(([action, { passages, requests, ...measured }]) => [
      action,
      measured.perSecond,
      toPerSecond(passages),
      measured.count - passages.length,
      at(passages, 0.5, ({ sentMs, createdMs }) => createdMs - sentMs),
      at(passages, 0.99, ({ sentMs, createdMs }) => createdMs - sentMs),
      at(passages, 0.5, ({ begunMs, createdMs }) => createdMs - begunMs),
      toSum(requests),
      measured.peakMb,
    ]),
    notes: ["effect: the new Job exists, or a watch shows the changed Deployment"],
  });
  const each = all.map(([action, { requests }]) => [action, requests] as const);
  showEach(show, "Requests per remediation by action", each);
}

async function warmUp(stage: Stage, rules: number, prefix: string): Promise<void> {
  await stage.startPipeline();
  await play(stage, { ...WARM_UP, rules, prefix });
}

async function measure(
  stage: Stage,
  { options }: BenchContext,
  rate: Pick<Measured, "rules" | "guards" | "share" | "perSecond">,
): Promise<Measured> {
  const { rules, perSecond } = rate;
  const count = Math.max(10, Math.round(perSecond * options.seconds));
  const load = { perSecond, rules, count, prefix: `at-${rate.share * 100}` };
  let requests = new Map<string, number>() as ReadonlyMap<string, number>;
  let use: ReadonlyMap<string, ProcessUse> = new Map();
  const passages = await play(stage, load, async () => {
    requests = await countRequests(stage.client);
    use = readProcessUse();
  });
  // The end and the Event follow the Job.
  await sleep(1_000);
  const after = readProcessUse();
  const each = toRequestsEach(requests, await countRequests(stage.client), passages.length);
  return {
    ...rate,
    count,
    passages,
    requests: new Map([...each].filter(([name]) => !OWN_REQUESTS.test(name))),
    cpu: toCpuEach(use, after, passages.length),
    peakMb: after.get("remediate")?.peakMb ?? Number.NaN,
  };
}

function showAll(
  { options, show }: BenchContext,
  all: readonly Measured[],
  { queues, bare }: { readonly queues: string; readonly bare: BareLoop },
): void {
  show({
    title: `Change to Job, ${queues}, ${options.seconds} s each; the bare loop makes ${bare.perSecond.toFixed(1)}/s`,
    columns: [
      "rules",
      "guards",
      "of bare",
      "changes/s",
      "Jobs/s",
      "of bare",
      "missing",
      "p50 ms",
      "p99 ms",
      "relay ms",
      "queues ms",
      "remediate ms",
      "requests",
      "memory MB",
    ],
    rows: all.map((measured) => toRow(measured, bare.perSecond)),
    notes: [
      "of bare: the part of the bare loop's rate that was offered, and that became Jobs",
      "relay, queues, remediate: ms at p50 until the relay had read the change, until remediate began, until the Job existed",
      "memory: of the largest process of remediate, at most",
      "guards on: the defaults, without maxPerHour and stormBrake, which stop a rule after 60 of these changes",
    ],
  });
  const aimed = all.filter(({ share }) => share === AIM);
  const toName = ({ rules, guards }: Measured): string =>
    `${rules} ${rules === 1 ? "rule" : "rules"}, guards ${guards}`;
  showEach(
    show,
    "Requests per remediation",
    aimed.map((measured) => [toName(measured), measured.requests]),
  );
  showEach(show, "CPU per remediation, in ms", [
    ["bare loop", bare.cpu],
    ...aimed.map((measured) => [toName(measured), measured.cpu] as const),
  ]);
}

function toRow({ passages, requests, ...measured }: Measured, bare: number): readonly Cell[] {
  const jobsPerSecond = toPerSecond(passages);
  return [
    measured.rules,
    measured.guards,
    measured.share,
    measured.perSecond,
    jobsPerSecond,
    jobsPerSecond / bare,
    measured.count - passages.length,
    at(passages, 0.5, ({ sentMs, createdMs }) => createdMs - sentMs),
    at(passages, 0.99, ({ sentMs, createdMs }) => createdMs - sentMs),
    at(passages, 0.5, ({ sentMs, readMs }) => readMs - sentMs),
    at(passages, 0.5, ({ readMs, begunMs }) => begunMs - readMs),
    at(passages, 0.5, ({ begunMs, createdMs }) => createdMs - begunMs),
    toSum(requests),
    measured.peakMb,
  ];
}

function at(passages: readonly Passage[], share: number, of: (passage: Passage) => number): number {
  return toPercentile(passages.map(of), share) ?? Number.NaN;
}

function toPerSecond(passages: readonly Passage[]): number {
  const firstMs = Math.min(...passages.map(({ sentMs }) => sentMs));
  const lastMs = Math.max(...passages.map(({ createdMs }) => createdMs));
  return (passages.length * 1_000) / (lastMs - firstMs);
}

function toSum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0);
}

function showEach(
  show: BenchContext["show"],
  title: string,
  all: readonly (readonly [string, ReadonlyMap<string, number>])[],
): void {
  const names = [...new Set(all.flatMap(([, each]) => [...each.keys()]))].toSorted();
  show({
    title: `${title}, at ${AIM} of the bare loop's rate`,
    columns: ["", ...all.map(([name]) => name)],
    rows: names.map((name) => [name, ...all.map(([, each]) => each.get(name) ?? 0)]),
  });
}
