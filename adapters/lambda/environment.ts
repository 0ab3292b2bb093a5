import * as v from "valibot";
import { KubemendError } from "../../core/errors.ts";

/**
 * Reads a function's settings from its environment, and freezes them. Throws `InvalidConfiguration` that names every variable that is
 * missing or invalid; variables that the schema does not name are ignored.
 */
export function readEnvironment<T>(
  schema: v.GenericSchema<unknown, T>,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<T> {
  const set = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const parsed = v.safeParse(schema, Object.fromEntries(set));
  if (parsed.success) return Object.freeze(parsed.output);
  const faults = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? "environment";
    return issue.received === "undefined" ? `${name} is not set` : `${name}: ${issue.message}`;
  });
  throw new KubemendError("InvalidConfiguration", `configuration: ${faults.join("; ")}`, {
    retryable: false,
  });
}

/** URL of a queue, in the form of AWS and of its stand-ins. */
export const queueUrl: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.url("expected the URL of a queue"),
);
