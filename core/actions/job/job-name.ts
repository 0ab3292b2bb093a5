import { sha256 } from "../../../events/ids.ts";
import { readField } from "../../json/read-json.ts";

/**
 * The name of a Job becomes a label of its Pods, and `<job>-<index>` the host name of a Pod of an Indexed Job: both have at most 63
 * characters. Five digits are always reserved for the index, and more if the Job has more completions.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#writing-a-job-spec
 */
const LABEL_MAX_LENGTH = 63;
const INDEX_MIN_LENGTH = 5;
const NAME_DIGEST_LENGTH = 12;

/** `<base>-<digest of the parts>`, where the base is shortened so that the Job and all of its Pods can have such a name. */
export function toJobName(base: string, spec: unknown, parts: readonly string[]): string {
  const digest = sha256(...parts).slice(0, NAME_DIGEST_LENGTH);
  const last = readLastIndex(spec);
  const indexLength = Math.max(INDEX_MIN_LENGTH, last?.length ?? 0);
  const headLength = LABEL_MAX_LENGTH - indexLength - 1 - NAME_DIGEST_LENGTH - 1;
  // A host name has no dots.
  const head = last === undefined ? base : base.replaceAll(".", "-");
  return `${head.slice(0, headLength).replace(/[-.]+$/, "")}-${digest}`;
}

/** The digits of the highest index of an Indexed Job; undefined for other Jobs. */
function readLastIndex(spec: unknown): string | undefined {
  if (readField(spec, "completionMode") !== "Indexed") return undefined;
  const completions = readField(spec, "completions");
  return typeof completions === "number" ? String(Math.max(0, completions - 1)) : "0";
}
