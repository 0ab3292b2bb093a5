import { describeExpected } from "../../infra/build/stage-settings.ts";
import { describeRepositoryFault } from "../setup/image-repository.ts";
import type { Ask } from "../terminal/ask.ts";
import { misuse } from "../terminal/misuse.ts";

/** What an installation needs to know. */
export type Answers = {
  readonly cluster: string;
  readonly region: string;
  readonly stage: string;
  /** How the functions reach the cluster, see docs/access.md. */
  readonly access: string;
  /** Where the functions find the signing keys. */
  readonly signing: string;
  /** Numbers or names of recipes. */
  readonly rules: readonly string[];
  /** Where the relay's image is; empty if that is not known yet. */
  readonly image: string;
};

export type Flags = {
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly stage?: string | undefined;
  readonly access?: string | undefined;
  readonly signing?: string | undefined;
  readonly rule?: readonly string[] | undefined;
  readonly image?: string | undefined;
};

type Question = {
  readonly flag: Exclude<keyof Answers, "rules"> | "rule";
  readonly text: string;
  /** The setting whose form the answer has. */
  readonly setting?: string;
  /** Absent: there is none, and it must be answered. */
  readonly fallback?: string;
};

/** Of the same settings as `npm run package` checks. */
const QUESTIONS: readonly Question[] = [
  { flag: "cluster", text: "Name of the EKS cluster", setting: "KUBEMEND_EKS_NAME" },
  { flag: "region", text: "Its region, such as eu-central-1", setting: "KUBEMEND_REGION" },
  { flag: "stage", text: "Stage", setting: "KUBEMEND_STAGE", fallback: "prod" },
  {
    flag: "access",
    text: "How the functions reach the cluster: eks, eks-role, secret, parameter or kubeconfig",
    setting: "KUBEMEND_ACCESS",
    fallback: "eks",
  },
  {
    flag: "signing",
    text: "Where the functions find the signing keys: secret (Secrets Manager) or parameter (Parameter Store)",
    setting: "KUBEMEND_SIGNING",
    fallback: "secret",
  },
  {
    flag: "rule",
    text: "Recipes to begin with, numbers or names separated by commas (kubemend recipes lists them)",
    fallback: "01",
  },
  {
    flag: "image",
    text: "Where the relay's image is, without its tag (empty: not known yet)",
    fallback: "",
  },
];

/**
 * The flags, and for what they leave open the answers of the user, what is already known, or the defaults. Throws `InvalidConfiguration` that
 * names everything that is missing or wrong.
 */
export async function collectAnswers(
  flags: Flags,
  known: Partial<Answers>,
  ask: Ask,
): Promise<Answers> {
  const given: Record<string, string | undefined> = { ...flags, rule: flags.rule?.join(",") };
  const answers: Record<string, string> = {};
  const faults: string[] = [];
  for (const question of QUESTIONS) {
    const { flag, setting } = question;
    const fallback = flag === "rule" ? question.fallback : (known[flag] ?? question.fallback);
    const written = given[flag] ?? (await ask?.(question.text, fallback)) ?? "";
    const answer = written.trim() || (fallback ?? "");
    answers[flag] = answer;
    const fault = describeFault(flag, answer, fallback, setting);
    if (fault !== undefined) faults.push(fault);
  }
  if (faults.length > 0) throw misuse(faults.join("\n"));
  const { rule = "", ...others } = answers;
  const rules = rule.split(",").map((name) => name.trim());
  return { ...(others as Omit<Answers, "rules">), rules: rules.filter((name) => name !== "") };
}

function describeFault(
  flag: string,
  answer: string,
  fallback: string | undefined,
  setting: string | undefined,
): string | undefined {
  if (answer === "" && fallback === undefined) return `--${flag} is missing`;
  const wrongImage = flag === "image" ? describeRepositoryFault(answer) : undefined;
  if (wrongImage !== undefined) return `--image is ${answer}: ${wrongImage}`;
  const expected = setting === undefined ? undefined : describeExpected(setting, answer);
  return expected === undefined ? undefined : `--${flag} is ${answer}: expected ${expected}`;
}
