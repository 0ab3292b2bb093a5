import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { describeError } from "../../core/errors.ts";
import { ok, refuse, type Result } from "../../core/result.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { readPackageInput } from "../../infra/build/package-input.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { describeRepositoryFault } from "../setup/image-repository.ts";
import { quoteWord, toCommand } from "../setup/shell.ts";
import { readStage, type Stage } from "../setup/stage.ts";
import { toKubectl } from "../setup/store-keys.ts";
import { misuse } from "../terminal/misuse.ts";

export type DeployOptions = {
  readonly settings: string;
  readonly values?: string | undefined;
  readonly keys?: string | undefined;
  readonly context?: string | undefined;
  readonly otherAddress?: boolean;
};

/** What the commands of a deployment are made of. */
export type DeployContext = {
  readonly stage: Stage;
  /** Absolute paths. */
  readonly root: string;
  readonly pipeline: string;
  readonly values: string;
  readonly keys: string;
  /** Whether that file exists. */
  readonly hasKeys: boolean;
  readonly context: string | undefined;
  /** The context is the stage's cluster, at another address than that of the settings. */
  readonly isOtherAddress: boolean;
  /** `aws`, `kubectl` and `helm` with what each of their calls needs. */
  readonly aws: string;
  readonly kubectl: string;
  readonly helm: string;
  /** The project's npm scripts. */
  readonly npm: string;
  readonly release: string;
  /** Templates of the chart with rights, of those that the values do not turn off: helm shows none that is empty. */
  readonly rightsTemplates: readonly string[];
};

const RELEASE = "kubemend";

/** Throws `InvalidConfiguration` with everything that is missing for a deployment, or, if `isRemoval`, for taking one away. */
export function readDeployContext(
  options: DeployOptions,
  { isRemoval = false }: { readonly isRemoval?: boolean } = {},
): DeployContext {
  const stage = readStage(options.settings);
  const folder = dirname(stage.file);
  const context = {
    stage,
    root: findProjectRoot(),
    pipeline: stage.config ?? "",
    values: resolve(options.values ?? join(folder, "values.yaml")),
    keys: resolve(options.keys ?? join(folder, "signing-keys")),
    context: options.context,
    isOtherAddress: options.otherAddress ?? false,
  };
  const isNamed = options.keys !== undefined;
  const missing = [
    ...findMissingClone(context.root),
    ...findMissingSettings(stage),
    ...(isRemoval ? [] : findMissingFiles(context, isNamed)),
  ];
  if (missing.length > 0) throw misuse(missing.join("\n"));
  return {
    ...context,
    ...toPrograms(context),
    hasKeys: existsSync(context.keys),
    release: RELEASE,
    rightsTemplates: findRights(context.values),
  };
}

type Inputs = Pick<DeployContext, "stage" | "values" | "keys" | "root" | "context">;

/** Node runs no TypeScript in node_modules, and the functions are built with it. */
export function findMissingClone(root: string): readonly string[] {
  if (!root.split(/[\\/]/).includes("node_modules")) return [];
  return [
    `The functions are built from a clone of Kubemend, and ${root} is an installed package: clone the repository, run \`npm ci\` there, and run this command in it.`,
  ];
}

function findMissingSettings({ file }: Stage): readonly string[] {
  const input = readPackageInput(["--settings", file], process.env, process.cwd());
  return input.ok ? [] : input.error;
}

function findMissingFiles({ stage, values, keys }: Inputs, isNamed: boolean): readonly string[] {
  const isMissing = isNamed && stage.signing !== "none" && !existsSync(keys);
  return [
    ...findWrongValues(values),
    ...(isMissing
      ? [
          `${keys} does not exist: name the file of the signing keys with --keys, or leave --keys out to keep those that are stored.`,
        ]
      : []),
  ];
}

function findRights(file: string): readonly string[] {
  const values = readValues(file);
  if (!values.ok) return [];
  const isOff = (part: string, key: string): boolean =>
    readOwn(readOwn(values.value, part), key) === false;
  return [
    ...(isOff("rbac", "create") ? [] : ["rbac"]),
    ...(isOff("admission", "install") ? [] : ["admission"]),
  ];
}

function readValues(file: string): Result<unknown, string> {
  try {
    return ok(parse(readFileSync(file, "utf8")) as unknown);
  } catch (error) {
    return refuse(describeError(error));
  }
}

function findWrongValues(file: string): readonly string[] {
  const values = readValues(file);
  if (!values.ok) {
    return [`The values of the chart cannot be read: ${values.error}. kubemend init writes them.`];
  }
  const repository = readOwn(readOwn(values.value, "image"), "repository");
  if (typeof repository !== "string" || repository === "") {
    return [`image.repository in ${file} is missing: where you pushed the relay's image.`];
  }
  const fault = describeRepositoryFault(repository);
  return fault === undefined ? [] : [`image.repository in ${file} is ${repository}: ${fault}.`];
}

function toPrograms({
  stage,
  root,
  context,
}: Inputs): Pick<DeployContext, "aws" | "kubectl" | "helm" | "npm"> {
  const profile = stage.profile === undefined ? [] : ["--profile", stage.profile];
  const helm = context === undefined ? ["helm"] : ["helm", "--kube-context", context];
  return {
    aws: toCommand("aws", "--region", stage.region, "--output", "text", ...profile),
    kubectl: toKubectl(context),
    helm: toCommand(...helm),
    npm: `npm --prefix ${quoteWord(root)} run`,
  };
}
