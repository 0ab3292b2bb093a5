import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseEnv } from "node:util";
import { describeError } from "../../core/errors.ts";
import { refuse, ok, type Result } from "../../core/result.ts";
import { suggestName } from "../../core/text/suggest.ts";

/** Variables by their names; an empty one counts as absent. */
export type Variables = Readonly<Record<string, string | undefined>>;

type Setting = {
  /** The form of the value, and how a message describes it. */
  readonly pattern: RegExp;
  readonly expected: string;
  /** Whether a value of this form is whole. */
  readonly isWhole?: (value: string) => boolean;
  /** A path, which in a file of settings is relative to that file. */
  readonly isPath?: true;
};

const ANY: Setting = { pattern: /\S/, expected: "some text" };
const PATH: Setting = { ...ANY, isPath: true };
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const BOOLEAN: Setting = { pattern: /^(true|false)$/, expected: "true or false" };
const REGION: Setting = {
  pattern: /^[a-z]{2}(-[a-z]+)+-\d+$/,
  expected: "a region, such as eu-central-1",
};

function toArn(service: string, example: string): Setting {
  const pattern = new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:.+$`);
  return { pattern, expected: `an ARN, such as arn:aws:${example}` };
}

/** Whether this is certificates in PEM, in base64, and nothing else: a text that was cut off while it was copied is not. */
function areCertificates(base64: string): boolean {
  const text = Buffer.from(base64, "base64").toString("latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((left, block) => left.replace(block, ""), text);
  return blocks.length > 0 && rest.trim() === "" && blocks.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== "";
  } catch {
    return false;
  }
}

/** Every variable of `npm run package`. docs/deployment.md and docs/access.md say what each is for. */
export const STAGE_SETTINGS: Readonly<Record<string, Setting>> = {
  KUBEMEND_STAGE: {
    pattern: /^[a-z0-9][-a-z0-9]{0,30}$/,
    expected: "small letters, digits and hyphens",
  },
  KUBEMEND_REGION: REGION,
  KUBEMEND_CONFIG: PATH,
  KUBEMEND_ACCESS: {
    pattern: /^(eks|eks-role|kubeconfig|secret|parameter)$/,
    expected: "eks, eks-role, kubeconfig, secret, parameter",
  },
  KUBEMEND_KUBECONFIGS: PATH,
  KUBEMEND_EKS_NAME: {
    pattern: /^[A-Za-z0-9][-\w]{0,99}$/,
    expected: "the name of an EKS cluster",
  },
  KUBEMEND_EKS_ENDPOINT: {
    pattern: /^https:\/\/[^\s/]+\/?$/,
    expected: "an address that begins with https://",
  },
  KUBEMEND_EKS_CA: {
    // "---" in base64, which is how a certificate in PEM begins.
    pattern: /^LS0t[A-Za-z0-9+/]*={0,2}$/,
    isWhole: areCertificates,
    expected: "a whole certificate in base64, which begins with LS0t",
  },
  KUBEMEND_EKS_REGION: REGION,
  KUBEMEND_EKS_ROLE_PREFIX: toArn("iam", "iam::111122223333:role/kubemend-"),
  KUBEMEND_SIGNING: { pattern: /^(none|secret|parameter)$/, expected: "none, secret, parameter" },
  KUBEMEND_KMS_KEY_ARN: toArn("kms", "kms:eu-central-1:111122223333:key/..."),
  KUBEMEND_RELAY_OIDC_PROVIDER: {
    pattern: /^(?!https?:)[^\s/]+(\/\S+)?$/,
    expected: "an issuer without https://",
  },
  KUBEMEND_RELAY_NAMESPACE: { pattern: LABEL, expected: "the name of a namespace" },
  KUBEMEND_RELAY_SERVICE_ACCOUNT: { pattern: LABEL, expected: "the name of a ServiceAccount" },
  KUBEMEND_RELAY_ROLE_ARN: toArn("iam", "iam::111122223333:role/relay"),
  KUBEMEND_ALARM_EMAIL: { pattern: /^[^\s@]+@[^\s@]+$/, expected: "an e-mail address" },
  KUBEMEND_MONTHLY_BUDGET_USD: { pattern: /^\d+(\.\d+)?$/, expected: "a number of US dollars" },
  KUBEMEND_VPC_ID: { pattern: /^vpc-[0-9a-z]+$/, expected: "the id of a VPC, vpc-..." },
  KUBEMEND_SUBNET_IDS: {
    pattern: /^subnet-[0-9a-z]+(,subnet-[0-9a-z]+)*$/,
    expected: "ids of subnets separated by commas: subnet-...,subnet-...",
  },
  KUBEMEND_VPC_ENDPOINTS: BOOLEAN,
  KUBEMEND_VPC_SQS_ENDPOINT: BOOLEAN,
  KUBEMEND_VPC_STS_ENDPOINT: BOOLEAN,
  KUBEMEND_VPC_SECRETS_MANAGER_ENDPOINT: BOOLEAN,
  KUBEMEND_VPC_SSM_ENDPOINT: BOOLEAN,
  KUBEMEND_TRACING: { pattern: /^(Active|PassThrough)$/, expected: "Active or PassThrough" },
};

/** The form that a value of this setting must have, if this value does not have it; undefined if it does, or is empty. */
export function describeExpected(name: string, value: string): string | undefined {
  const setting = STAGE_SETTINGS[name];
  if (setting === undefined || value === "") return undefined;
  const isRight = setting.pattern.test(value) && setting.isWhole?.(value) !== false;
  return isRight ? undefined : setting.expected;
}

/** Variables of AWS that a file may set as well: which account and region the commands use. */
const AWS = ["AWS_PROFILE", "AWS_REGION"];

/**
 * The settings of a stage in a file of `NAME=value` lines, its paths made absolute; or every line of it that is no setting, each in a
 * sentence.
 */
export function readStageSettings(file: string): Result<Variables, readonly string[]> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return refuse([`The settings in ${file} cannot be read: ${describeError(error)}.`]);
  }
  const written = Object.entries(parseEnv(text));
  const unknown = written.flatMap(([name]) => describeUnknown(name, file));
  if (unknown.length > 0) return refuse(unknown);
  const toValue = (name: string, value = ""): string =>
    STAGE_SETTINGS[name]?.isPath === true && value !== "" ? resolve(dirname(file), value) : value;
  return ok(Object.fromEntries(written.map(([name, value]) => [name, toValue(name, value)])));
}

function describeUnknown(name: string, file: string): readonly string[] {
  if (Object.hasOwn(STAGE_SETTINGS, name) || AWS.includes(name)) return [];
  const near = suggestName(name, Object.keys(STAGE_SETTINGS));
  const hint = near === undefined ? "docs/deployment.md lists them." : `did you mean ${near}?`;
  return [`${name} in ${file} is no setting: ${hint}`];
}

/** Settings of a file and of the environment together. One that both set, to different values, is refused: which one counts is not obvious. */
export function joinSettings(
  fromFile: Variables,
  environment: Variables,
  file: string,
): Result<Variables, readonly string[]> {
  const different = Object.entries(fromFile).filter(([name, value]) => {
    const other = environment[name] ?? "";
    return other !== "" && other !== value;
  });
  if (different.length === 0) return ok({ ...environment, ...fromFile });
  return refuse(
    different.map(
      ([name]) =>
        `${name} is set in ${file} and, to something else, in the environment: unset it there.`,
    ),
  );
}

const SHOWN = 40;

function shorten(value: string): string {
  return value.length <= SHOWN ? value : `${value.slice(0, SHOWN)}... (${value.length} characters)`;
}

/** Everything that is wrong with the values of the settings, each in a sentence. */
export function findWrongSettings(variables: Variables): readonly string[] {
  const isSet = (name: string): boolean => (variables[name] ?? "") !== "";
  const needs = (name: string, other: string): readonly string[] =>
    isSet(name) && !isSet(other)
      ? [`${other} is missing: ${name} needs it, see docs/deployment.md.`]
      : [];
  const wrong = Object.keys(STAGE_SETTINGS).flatMap((name) => {
    const value = variables[name] ?? "";
    const expected = describeExpected(name, value);
    return expected === undefined ? [] : [`${name} is ${shorten(value)}: expected ${expected}.`];
  });
  const endpoints =
    variables["KUBEMEND_VPC_ENDPOINTS"] === "true"
      ? needs("KUBEMEND_VPC_ENDPOINTS", "KUBEMEND_VPC_ID")
      : [];
  return [
    ...wrong,
    ...needs("KUBEMEND_VPC_ID", "KUBEMEND_SUBNET_IDS"),
    ...needs("KUBEMEND_SUBNET_IDS", "KUBEMEND_VPC_ID"),
    ...endpoints,
  ];
}
