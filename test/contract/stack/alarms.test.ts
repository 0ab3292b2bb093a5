import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toBackoffSeconds } from "../../../adapters/lambda/retry-backoff.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { packageService, type PackagedService } from "../package-service.ts";
import { evaluateTemplate, getProperties, type Template } from "./evaluate-template.ts";

let service: PackagedService;
let resources: Template["Resources"];

beforeAll(async () => {
  service = await packageService({}, { build: false });
  resources = evaluateTemplate(service.parsed);
});

afterAll(() => {
  service[Symbol.dispose]();
});

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
};
type Alarm = Partial<Metric> & {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: unknown;
  readonly OKActions: unknown;
  readonly Threshold: number;
  readonly Period?: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metric } }[];
};

function alarms(): readonly Alarm[] {
  return Object.values(resources)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties as unknown as Alarm);
}

function metricsOf(alarm: Alarm): readonly Metric[] {
  if (alarm.Metrics === undefined) return [alarm as Metric];
  return alarm.Metrics.flatMap(({ MetricStat }) =>
    MetricStat === undefined ? [] : [MetricStat.Metric],
  );
}

function findAlarms(namespace: string, metric: string): readonly Alarm[] {
  return alarms().filter((alarm) =>
    metricsOf(alarm).some(
      ({ Namespace, MetricName }) => Namespace === namespace && MetricName === metric,
    ),
  );
}

function subjectsOf(found: readonly Alarm[]): readonly unknown[] {
  return found.flatMap((alarm) => metricsOf(alarm).map(({ Dimensions }) => Dimensions[0]?.Value));
}

function queueName(id: string) {
  return { "Fn::GetAtt": [id, "QueueName"] };
}

function dashboardBody(): string {
  const body = getProperties(resources, "Dashboard")["DashboardBody"] as {
    readonly "Fn::Sub": string;
  };
  return body["Fn::Sub"];
}

const SOURCES = ["Changes", "Remediations", "Transfers", "Wakeups", "Alerts"];

test("every alarm publishes to the topic, when it is raised and when it is over, and says what it means", () => {
  expect(alarms().length).toBeGreaterThan(25);
  for (const alarm of alarms()) {
    expect(alarm).toMatchObject({
      AlarmActions: [{ Ref: "AlarmsTopic" }],
      OKActions: [{ Ref: "AlarmsTopic" }],
      AlarmName: expect.stringMatching(/^kubemend-dev-[a-z-]+$/),
    });
    expect(alarm.AlarmDescription.length).toBeGreaterThan(30);
    expect(alarm.DatapointsToAlarm).toBeLessThanOrEqual(alarm.EvaluationPeriods);
  }
});

test("the runbooks have every alarm, and no other", () => {
  const text = readFileSync(join(findProjectRoot(), "docs", "runbooks.md"), "utf8");
  // Those of Prometheus are a section of their own, and compared with the chart (test/infra/chart-files.test.ts).
  const [ofStack = ""] = text.split("## Alerts of Prometheus");
  const rows = ofStack.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  const names = alarms().map(({ AlarmName }) => AlarmName.replace("kubemend-dev-", ""));
  expect(named.toSorted()).toEqual(names.toSorted());
});

test("a single dead letter raises an alarm, in each dead-letter queue", () => {
  const found = findAlarms("AWS/SQS", "ApproximateNumberOfMessagesVisible");
  expect(subjectsOf(found)).toEqual(SOURCES.map((name) => queueName(`${name}DeadLetterQueue`)));
  for (const alarm of found) expect(alarm).toMatchObject({ Threshold: 1, DatapointsToAlarm: 1 });
});

test.each(["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesNotVisible"])(
  "%s raises an alarm for each queue that feeds a function",
  (metric) => {
    const found = findAlarms("AWS/SQS", metric);
    expect(subjectsOf(found)).toEqual(SOURCES.map((name) => queueName(`${name}Queue`)));
  },
);

test.each(["Errors", "Throttles"])("%s of each function raise an alarm", (metric) => {
  const found = findAlarms("AWS/Lambda", metric);
  const functions = ["Normalize", "Remediate", "Transfer", "Notify", "Sweep"];
  expect(subjectsOf(found)).toEqual(functions.map((name) => ({ Ref: `${name}LambdaFunction` })));
});

test("a relay that is silent for three minutes raises an alarm", () => {
  const [alarm, ...others] = findAlarms("Kubemend", "RelaySilent");
  expect(others).toEqual([]);
  expect(alarm).toMatchObject({ Threshold: 1, DatapointsToAlarm: 3, EvaluationPeriods: 3 });
});

test.each([
  ["a mirror whose target is away", "MirrorsBehind"],
  ["mirrors that cannot be looked at", "MirrorsUnread"],
  ["a Move that waits for a person", "MovesWithProblem"],
  ["Moves that cannot be looked at", "MovesUnread"],
  ["a source of changes that cannot be swept", "ClusterUnswept"],
])("%s for ten minutes raises an alarm, although no message waits for it", (_what, metric) => {
  const [alarm, ...others] = findAlarms("Kubemend", metric);
  expect(others).toEqual([]);
  expect(alarm).toMatchObject({
    Dimensions: [{ Name: "service", Value: { Ref: "SweepLambdaFunction" } }],
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
  });
  const { Period = 0, EvaluationPeriods = 0, DatapointsToAlarm = 0 } = alarm ?? {};
  expect(Period * EvaluationPeriods).toBe(600);
  expect(DatapointsToAlarm).toBe(EvaluationPeriods);
});

test("a sweep that does not run raises an alarm, because nothing would be counted then", () => {
  const [alarm] = findAlarms("AWS/Lambda", "Invocations");
  expect(alarm).toMatchObject({
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
  });
});

test("messages of a newer contract raise an alarm", () => {
  const codes = findAlarms("Kubemend", "RetriedBy")
    .flatMap(metricsOf)
    .map(({ Dimensions }) => Dimensions.find(({ Name }) => Name === "code")?.Value);
  expect([...new Set(codes)]).toEqual(["NewerContract"]);
});

/** When, in ms from its first receive, one message is tried while it keeps failing. */
function toAttempts(messageId: string, untilMs: number): readonly number[] {
  const attempts: number[] = [];
  for (let [at, received] = [0, 1]; at < untilMs; received += 1) {
    attempts.push(at);
    at +=
      toBackoffSeconds({ messageId, attributes: { ApproximateReceiveCount: `${received}` } }) *
      1_000;
  }
  return attempts;
}

/** Whether the alarm is raised after each period of a day, if a message fails at these times; missing data are no failures. */
function findRaised(attempts: readonly number[]): readonly boolean[] {
  const [alarm] = findAlarms("Kubemend", "RetriedLate");
  const { Period = 0, EvaluationPeriods = 0, DatapointsToAlarm = 0, Threshold = 0 } = alarm ?? {};
  const counts = Map.groupBy(
    attempts.filter((at) => at >= 10 * MINUTE_MS),
    (at) => Math.floor(at / (Period * 1_000)),
  );
  const periods = Math.ceil(DAY_MS / (Period * 1_000));
  return Array.from({ length: periods }, (_, last) => {
    const window = Array.from({ length: EvaluationPeriods }, (_, index) => last - index);
    const breaching = window.filter((period) => (counts.get(period)?.length ?? 0) >= Threshold);
    return breaching.length >= DatapointsToAlarm;
  });
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

test("one alert whose receiver is away for a day raises the alarm within half an hour, until it is delivered", () => {
  for (let run = 0; run < 100; run += 1) {
    const raised = findRaised(toAttempts(`alert-${run}`, DAY_MS));
    const from = raised.indexOf(true);
    expect(from * 5).toBeLessThanOrEqual(30);
    expect([run, raised.slice(from).filter((is) => !is)]).toEqual([run, []]);
  }
});

test("an alert that is delivered within ten minutes raises nothing", () => {
  expect(findRaised(toAttempts("alert", 10 * MINUTE_MS))).not.toContain(true);
});

test("alarms and dashboard use only metrics of ours that the functions count", () => {
  const documented = readFileSync(join(findProjectRoot(), "docs", "metrics.md"), "utf8");
  const { widgets } = JSON.parse(dashboardBody()) as {
    readonly widgets: readonly {
      readonly properties: { readonly metrics?: readonly (readonly string[])[] };
    }[];
  };
  const shown = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  expect(shown.length).toBeGreaterThan(20);
  const used = [
    ...shown.filter(([namespace]) => namespace === "Kubemend").map(([, metric]) => metric),
    ...alarms()
      .flatMap(metricsOf)
      .filter(({ Namespace }) => Namespace === "Kubemend")
      .map(({ MetricName }) => MetricName),
  ];
  for (const metric of used) expect(documented).toContain(`| \`${metric}\` |`);
});

test("whatever the dashboard shows is a function or a queue of the stack", () => {
  const names = [...dashboardBody().matchAll(/\$\{([^}:]+)\}/g)].map(([, name = ""]) =>
    name.replace(/\.QueueName$/, ""),
  );
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect([name, name in resources]).toEqual([name, true]);
});
