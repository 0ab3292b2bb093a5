import { expect, it } from "vitest";
import { KubemendError, type KubemendErrorOptions } from "../../../../core/errors.ts";
import { toClusterError } from "../../../../adapters/kubernetes/clusters/cluster-error.ts";

/** Every detail that an error may have. */
const DETAILS: Required<KubemendErrorOptions> = {
  cause: undefined,
  retryable: true,
  retryAfterMs: 1_000,
  status: 410,
  brief: "too old",
  fields: ["spec.a"],
  missing: "web",
  continueToken: "next",
};

const ERROR = new KubemendError("Expired", "the list is too old", DETAILS);

it("an error with the name of its cluster says everything that the error says", () => {
  const named = toClusterError(ERROR, "backup-eu") as KubemendError;
  const { stack: _ours, cause, message, brief, ...said } = named;
  const { stack: _theirs, message: _message, brief: _brief, ...meant } = ERROR;
  expect(cause).toBe(ERROR);
  expect(message).toBe("in cluster backup-eu: the list is too old");
  expect(brief).toBe("in cluster backup-eu: too old");
  expect(said).toEqual(meant);
});

it("an error names its cluster once", () => {
  const named = toClusterError(toClusterError(ERROR, "backup-eu"), "backup-eu") as KubemendError;
  expect(named.message).toBe("in cluster backup-eu: the list is too old");
});
