import { isObject, readField } from "../../core/json/read-json.ts";
import type { FunctionSettings, MappingSettings } from "../../sandbox/runtime/function-settings.ts";
import { toUserName } from "../setup/stage.ts";
import type { ReadAws } from "./aws.ts";
import { DEPLOY, failed, passed, unread, type Check, type Finding } from "./finding.ts";

/** A deployed stage, as its functions are looked at. */
export type DeployedStage = {
  readonly aws: ReadAws;
  /** Beginning of the names of functions and queues: `kubemend-prod`. */
  readonly prefix: string;
  /** Names of the queues by their keys: `changes.fifo` by `changes`. */
  readonly queues: ReadonlyMap<string, string>;
  /** The cluster that the functions enter by access entries; absent: they have another access. */
  readonly cluster?:
    | { readonly aws: ReadAws; readonly name: string; readonly namespace: string }
    | undefined;
};

/** Whether each function runs as serverless.yml says, whether its queues feed it, and whether the cluster lets it in. */
export function checkFunctions(
  stage: DeployedStage,
  functions: readonly FunctionSettings[],
): Check {
  return () => Promise.all(functions.map((one) => checkFunction(stage, one)));
}

async function checkFunction(stage: DeployedStage, settings: FunctionSettings): Promise<Finding> {
  const check = `function ${settings.name}`;
  const named = ["--function-name", `${stage.prefix}-${settings.name}`];
  const read = await stage.aws(["lambda", "get-function-configuration", ...named]);
  if (!read.ok) return unread(check, read.error, DEPLOY);
  const mappings = await stage.aws(["lambda", "list-event-source-mappings", ...named]);
  const faults = [
    ...findConfigurationFaults(read.value, settings),
    ...(mappings.ok ? findMappingFaults(mappings.value, settings.sources, stage) : []),
    ...(await findEntryFaults(stage, settings, readField(read.value, "Role"))),
  ];
  if (faults.length > 0) return failed(check, faults.join("; "), DEPLOY);
  return passed(check, "active, with its settings and its queues");
}

function findConfigurationFaults(
  configuration: unknown,
  { timeoutMs, environment }: FunctionSettings,
): readonly string[] {
  const get = (name: string): string => String(readField(configuration, name));
  const variables = readField(configuration, "Environment", "Variables");
  const set = isObject(variables) ? variables : {};
  const unset = Object.keys(environment).filter(
    (key) => key !== "KUBEMEND_SIGNING_KEYS" && set[key] === undefined,
  );
  const state = get("State");
  const update = get("LastUpdateStatus");
  const timeout = get("Timeout");
  return [
    ...(state === "Active" ? [] : [`its state is ${state}`]),
    ...(update === "Successful" ? [] : [`its last update is ${update}`]),
    ...(Number(timeout) === timeoutMs / 1000
      ? []
      : [`its timeout is ${timeout} s instead of ${timeoutMs / 1000}`]),
    ...(unset.length === 0 ? [] : [`not set: ${unset.join(", ")}`]),
  ];
}

function findMappingFaults(
  value: unknown,
  sources: readonly MappingSettings[],
  { prefix, queues }: DeployedStage,
): readonly string[] {
  const listed = readField(value, "EventSourceMappings");
  const mappings = Array.isArray(listed) ? (listed as readonly unknown[]) : [];
  return sources.flatMap((source) => {
    const name = queues.get(source.queue) ?? source.queue;
    const arn = `:${prefix}-${name}`;
    const found = mappings.find((one) => String(readField(one, "EventSourceArn")).endsWith(arn));
    return found === undefined ? [`${name} does not feed it`] : compareMapping(found, source, name);
  });
}

function compareMapping(
  found: unknown,
  { batchSize, maximumConcurrency, reportBatchItemFailures }: MappingSettings,
  name: string,
): readonly string[] {
  const state = String(readField(found, "State"));
  const size = readField(found, "BatchSize");
  const atOnce = readField(found, "ScalingConfig", "MaximumConcurrency");
  const types = readField(found, "FunctionResponseTypes");
  const reports = Array.isArray(types) && types.includes("ReportBatchItemFailures");
  const differs = (what: string, is: unknown, wanted: unknown): readonly string[] =>
    is === wanted
      ? []
      : [`${what} of ${name} is ${JSON.stringify(is) ?? "not set"} instead of ${String(wanted)}`];
  return [
    ...(state === "Enabled" ? [] : [`the mapping of ${name} is ${state}`]),
    ...differs("BatchSize", size, batchSize),
    ...differs("MaximumConcurrency", atOnce, maximumConcurrency),
    // Without it Lambda deletes what has failed, too.
    ...(reports || !reportBatchItemFailures
      ? []
      : [`the mapping of ${name} has no ReportBatchItemFailures, so failed messages are lost`]),
  ];
}

/** An access entry gives a function's role its name in the cluster, to which its rights are bound. */
async function findEntryFaults(
  { cluster }: DeployedStage,
  { name, environment }: FunctionSettings,
  role: unknown,
): Promise<readonly string[]> {
  const connects = Object.hasOwn(environment, "KUBEMEND_CLUSTER_ACCESS");
  if (cluster === undefined || !connects || typeof role !== "string") return [];
  const of = ["--cluster-name", cluster.name, "--principal-arn", role];
  const read = await cluster.aws(["eks", "describe-access-entry", ...of]);
  if (!read.ok) {
    return read.error.isDenied ? [] : [`no access entry in ${cluster.name}: ${read.error.reason}`];
  }
  const user = readField(read.value, "accessEntry", "username");
  const wanted = toUserName(cluster, name);
  return user === wanted
    ? []
    : [`its access entry in ${cluster.name} names it ${String(user)} instead of ${wanted}`];
}
