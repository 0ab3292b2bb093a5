import { SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { quoteWord, toKubemend } from "./shell.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

export type KeyPlace = Pick<Stage, "signing" | "prefix" | "region" | "profile" | "namespace">;

/** The name of the secret or parameter in which the functions find the keys. */
export function toKeyName({ signing, prefix }: Pick<Stage, "signing" | "prefix">): string {
  return `${signing === "parameter" ? "/" : ""}${prefix}/signing-keys`;
}

/** The options that every call of the AWS command line needs. */
export function toAwsOptions({ region, profile }: Pick<Stage, "region" | "profile">): string {
  const as = profile === undefined ? "" : ` --profile ${quoteWord(profile)}`;
  return `--region ${quoteWord(region)} --output text${as}`;
}

/** Prints the name of the functions' keys if they are stored, and fails only if that cannot be looked up. It needs no right to read them. */
function toFindKeys(place: KeyPlace): string {
  const name = toKeyName(place);
  const options = toAwsOptions(place);
  if (place.signing === "parameter") {
    const filter = quoteWord(`Key=Name,Values=${name}`);
    return `aws ssm describe-parameters --parameter-filters ${filter} --query 'Parameters[].Name' ${options}`;
  }
  const filter = quoteWord(`Key=name,Values=${name}`);
  const query = quoteWord(`SecretList[?Name=='${name}'].Name`);
  return `aws secretsmanager list-secrets --filters ${filter} --query ${query} ${options}`;
}

/** Prints the keys that the functions have. */
function toReadKeys(place: KeyPlace): string {
  const name = quoteWord(toKeyName(place));
  const options = toAwsOptions(place);
  return place.signing === "parameter"
    ? `aws ssm get-parameter --name ${name} --with-decryption --query Parameter.Value ${options}`
    : `aws secretsmanager get-secret-value --secret-id ${name} --query SecretString ${options}`;
}

/**
 * Fails if the keys of a file would replace others: every message on its way, or in a dead-letter queue, would count as unsigned. A key is
 * in no argument of a command, which others on the machine could read.
 */
export function toCompareSteps(keyFile: string, place: KeyPlace, kubectl: string): readonly Step[] {
  if (place.signing === "none") return [];
  const compare = `printf '%s\\n' "$stored" | ${toKubemend(findProjectRoot())} keys compare ${quoteWord(keyFile)}`;
  const { name, key } = SIGNING_SECRET;
  const template = quoteWord(
    `--output=go-template={{with .data}}{{with index . "${key}"}}{{base64decode .}}{{end}}{{end}}`,
  );
  const read = `${kubectl} get secret ${name} --namespace ${quoteWord(place.namespace)} --ignore-not-found ${template}`;
  return [
    {
      title: "Check that the signing keys replace no others of the functions",
      command: `found=$(${toFindKeys(place)}) && { [ -z "$found" ] || { stored=$(${toReadKeys(place)}) && ${compare}; }; }`,
    },
    {
      title: "Check that the signing keys replace no others of the relay",
      command: `stored=$(${read}) && { [ -z "$stored" ] || ${compare}; }`,
    },
  ];
}

/** The step without a file of keys: the stored ones stay, and it fails if there are none. */
export function toStoredStep(keyFile: string, place: KeyPlace): Step {
  const fault = `${keyFile} does not exist, and no signing keys are stored as ${toKeyName(place)}. Make them with kubemend keys new, or name their file with --keys.`;
  return {
    title: "Check that the signing keys of the functions are stored",
    command: `found=$(${toFindKeys(place)}) && { [ -n "$found" ] || { echo ${quoteWord(fault)} >&2; exit 1; }; }`,
  };
}

/** Gives the relay the keys of the functions if it has none. */
export function toCopyStep(place: KeyPlace, kubectl: string): Step {
  const { name, key } = SIGNING_SECRET;
  const at = `--namespace ${quoteWord(place.namespace)}`;
  const find = `found=$(${kubectl} get secret ${name} ${at} --ignore-not-found --output=name)`;
  const create = `${kubectl} create secret generic ${name} ${at} --from-file=${key}=/dev/stdin`;
  return {
    title: "Give the relay the signing keys of the functions, if it has none",
    command: `${find} && { [ -n "$found" ] || { stored=$(${toReadKeys(place)}) && printf '%s\\n' "$stored" | ${create}; }; }`,
  };
}
