import { SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import { quoteWord, toCommand } from "./shell.ts";
import type { Step } from "./step.ts";
import { toAwsOptions, toKeyName, type KeyPlace } from "./stored-keys.ts";

/**
 * Stores the keys of a file where functions and relay look for them. A key is in no argument of a command, which others on the machine
 * could read.
 */
export function toStoreSteps(
  keyFile: string,
  stage: KeyPlace,
  context: string | undefined,
): readonly Step[] {
  const title = "Store the signing keys for the functions";
  const command = toFunctionCommand(keyFile, stage);
  return [
    ...(command === undefined ? [] : [{ title, command }]),
    toRelayStep(keyFile, stage, toKubectl(context)),
  ];
}

function toFunctionCommand(keyFile: string, stage: KeyPlace): string | undefined {
  const { signing } = stage;
  const value = quoteWord(`file://${keyFile}`);
  const where = toAwsOptions(stage);
  const name = quoteWord(toKeyName(stage));
  if (signing === "secret") {
    const put = `aws secretsmanager put-secret-value --secret-id ${name} --secret-string ${value} ${where}`;
    const create = `aws secretsmanager create-secret --name ${name} --secret-string ${value} ${where}`;
    // One that was deleted in the last 30 days can neither be written nor created.
    const restore = `aws secretsmanager restore-secret --secret-id ${name} ${where}`;
    return `${put} || ${create} || { ${restore} && ${put}; }`;
  }
  if (signing === "parameter") {
    return `aws ssm put-parameter --name ${name} --type SecureString --overwrite --value ${value} ${where}`;
  }
  return undefined;
}

function toRelayStep(keyFile: string, { namespace }: KeyPlace, kubectl: string): Step {
  const { name, key } = SIGNING_SECRET;
  const file = quoteWord(`--from-file=${key}=${keyFile}`);
  const make = `${kubectl} create secret generic ${name} --namespace ${namespace} ${file} --dry-run=client --output=yaml`;
  return {
    title: "Store the signing keys for the relay",
    command: `${make} | ${kubectl} apply --filename -`,
  };
}

/** `kubectl`, for the context that the user named. */
export function toKubectl(context: string | undefined): string {
  return context === undefined ? "kubectl" : toCommand("kubectl", "--context", context);
}
