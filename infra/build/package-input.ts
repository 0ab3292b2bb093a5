import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

type Environment = Readonly<Record<string, string | undefined>>;

export type PackageInput = {
  /** The pipeline file to pack. */
  readonly config: string;
  /** The arguments that are passed on to osls. */
  readonly rest: readonly string[];
};

/** The functions that connect to the cluster, each with an identity of its own. */
const CONNECTED = ["normalize", "remediate", "sweep"];
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

/**
 * Reads the arguments of `npm run package`; or everything that is missing, each in a sentence, so that nothing is packed that could not
 * work: neither the sandbox's own pipeline, nor functions without access to the cluster.
 */
export function readPackageInput(
  args: readonly string[],
  environment: Environment,
): PackageInput | { readonly missing: readonly string[] } {
  const { config: named, rest } = splitConfig(args);
  const config = named ?? environment["KUBEMEND_CONFIG"] ?? "";
  const missing = [...findMissingConfig(config), ...findMissingAccess(environment)];
  return missing.length === 0 ? { config, rest } : { missing };
}

/** Everything but --config belongs to osls. */
function splitConfig(args: readonly string[]): {
  readonly config: string | undefined;
  readonly rest: readonly string[];
} {
  const { tokens, values } = parseArgs({
    args: [...args],
    options: { config: { type: "string" } },
    strict: false,
    tokens: true,
  });
  const own = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option" || token.name !== "config") continue;
    own.add(token.index);
    if (token.inlineValue === false) own.add(token.index + 1);
  }
  const config = typeof values["config"] === "string" ? values["config"] : undefined;
  return { config, rest: args.filter((_, index) => !own.has(index)) };
}

function findMissingConfig(config: string): readonly string[] {
  if (config === "") {
    return [
      "The pipeline file is missing: name it with `npm run package -- --config FILE`, or with KUBEMEND_CONFIG.",
    ];
  }
  return existsSync(config) ? [] : [`The pipeline file ${config} does not exist.`];
}

function findMissingAccess(environment: Environment): readonly string[] {
  const access = environment["KUBEMEND_ACCESS"] || "kubeconfig";
  const variables = VARIABLES[access];
  if (variables === undefined) {
    return [`KUBEMEND_ACCESS is ${access}: expected ${Object.keys(VARIABLES).join(", ")}.`];
  }
  if (access === "kubeconfig") return findMissingKubeconfigs(environment);
  return variables
    .filter((name) => (environment[name] ?? "") === "")
    .map((name) => `${name} is missing: KUBEMEND_ACCESS=${access} needs it, see docs/access.md.`);
}

function findMissingKubeconfigs(environment: Environment): readonly string[] {
  const folder = environment["KUBEMEND_KUBECONFIGS"] ?? "";
  if (folder === "") {
    return [
      `KUBEMEND_KUBECONFIGS is missing: the folder with ${CONNECTED.map((name) => `${name}.kubeconfig`).join(", ")}; or choose another access with KUBEMEND_ACCESS, see docs/access.md.`,
    ];
  }
  return CONNECTED.map((name) => join(folder, `${name}.kubeconfig`))
    .filter((file) => !existsSync(file))
    .map((file) => `${file} is missing: the function needs it to connect to the cluster.`);
}
