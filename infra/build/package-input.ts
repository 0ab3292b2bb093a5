import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ok, refuse, type Result } from "../../core/result.ts";
import {
  findWrongSettings,
  joinSettings,
  readStageSettings,
  type Variables,
} from "./stage-settings.ts";

export type PackageInput = {
  /** The pipeline file to pack, an absolute path. */
  readonly config: string;
  /** The arguments that are passed on to osls. */
  readonly rest: readonly string[];
  /** The settings, for the build and for osls. */
  readonly variables: Variables;
};

/** The functions that connect to the cluster, each with an identity of its own. */
export const CONNECTED = ["normalize", "remediate", "transfer", "sweep"] as const;
/** The variables of each file in infra/access. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  eks: ["KUBEMEND_EKS_NAME", "KUBEMEND_EKS_ENDPOINT", "KUBEMEND_EKS_CA"],
  "eks-role": [
    "KUBEMEND_EKS_NAME",
    "KUBEMEND_EKS_ENDPOINT",
    "KUBEMEND_EKS_CA",
    "KUBEMEND_EKS_ROLE_PREFIX",
  ],
  kubeconfig: [],
  secret: [],
  parameter: [],
};
/** Settings that are arguments of osls. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  stage: "KUBEMEND_STAGE",
  region: "KUBEMEND_REGION",
};

/**
 * Reads the arguments and settings of `npm run package`; or everything that is missing or wrong, each in a sentence, so that nothing is
 * packed that could not work: neither the sandbox's own pipeline, nor functions without access to the cluster. Paths that the user has
 * written are relative to `folder`.
 */
export function readPackageInput(
  args: readonly string[],
  environment: Variables,
  folder: string,
): Result<PackageInput, readonly string[]> {
  const { config: named, settings: file, given, rest } = splitArguments(args);
  const variables = readVariables(
    environment,
    file === undefined ? undefined : resolve(folder, file),
  );
  if (!variables.ok) return variables;
  const written = named ?? variables.value["KUBEMEND_CONFIG"] ?? "";
  const config = written === "" ? "" : resolve(folder, written);
  const missing = [
    ...findMissingConfig(config),
    ...findMissingAccess(variables.value),
    ...findWrongSettings(variables.value),
  ];
  if (missing.length > 0) return refuse(missing);
  const added = Object.entries(ARGUMENTS).flatMap(([option, name]) => {
    const value = variables.value[name] ?? "";
    return value === "" || given.has(option) ? [] : [`--${option}`, value];
  });
  return ok({ config, rest: [...rest, ...added], variables: variables.value });
}

function readVariables(
  environment: Variables,
  file: string | undefined,
): Result<Variables, readonly string[]> {
  if (file === undefined) return ok(environment);
  const read = readStageSettings(file);
  return read.ok ? joinSettings(read.value, environment, file) : read;
}

type Arguments = {
  readonly config: string | undefined;
  readonly settings: string | undefined;
  /** The options that were given. */
  readonly given: ReadonlySet<string>;
  readonly rest: readonly string[];
};

const OWN = ["config", "settings"];
/** The short options of osls for those that settings have, too. */
const SHORT: Readonly<Record<string, string>> = { s: "stage", r: "region" };

/** Everything but --config and --settings belongs to osls. */
function splitArguments(args: readonly string[]): Arguments {
  const { tokens, values } = parseArgs({
    args: [...args],
    options: { config: { type: "string" }, settings: { type: "string" } },
    strict: false,
    tokens: true,
  });
  const own = new Set<number>();
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    given.add(SHORT[token.name] ?? token.name);
    if (!OWN.includes(token.name)) continue;
    own.add(token.index);
    if (token.inlineValue === false) own.add(token.index + 1);
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const rest = args.filter((_, index) => !own.has(index));
  return { config: text("config"), settings: text("settings"), given, rest };
}

function findMissingConfig(config: string): readonly string[] {
  if (config === "") {
    return [
      "The pipeline file is missing: name it with `npm run package -- --config FILE`, or with KUBEMEND_CONFIG.",
    ];
  }
  return existsSync(config) ? [] : [`The pipeline file ${config} does not exist.`];
}

/** `findWrongSettings` reports an unknown kind of access. */
function findMissingAccess(variables: Variables): readonly string[] {
  const access = variables["KUBEMEND_ACCESS"] || "kubeconfig";
  if (access === "kubeconfig") return findMissingKubeconfigs(variables);
  return (VARIABLES[access] ?? [])
    .filter((name) => (variables[name] ?? "") === "")
    .map((name) => `${name} is missing: KUBEMEND_ACCESS=${access} needs it, see docs/access.md.`);
}

function findMissingKubeconfigs(variables: Variables): readonly string[] {
  const folder = variables["KUBEMEND_KUBECONFIGS"] ?? "";
  if (folder === "") {
    return [
      `KUBEMEND_KUBECONFIGS is missing: the folder with ${CONNECTED.map((name) => `${name}.kubeconfig`).join(", ")}; or choose another access with KUBEMEND_ACCESS, see docs/access.md.`,
    ];
  }
  return CONNECTED.map((name) => join(folder, `${name}.kubeconfig`))
    .filter((file) => !existsSync(file))
    .map((file) => `${file} is missing: the function needs it to connect to the cluster.`);
}
