import { describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import type { MessageContext } from "../../../../adapters/lambda/sqs-process.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { removeMisplaced } from "../../../../functions/transfer/compare/remove-misplaced.ts";
import { TargetFailure } from "../../../../functions/transfer/copy/target-failure.ts";
import { CONFIG_MAPS, toContext, toSource } from "../../../support/mirror/mirror-case.ts";

type Removed = { readonly deleted: readonly string[]; readonly counts: readonly unknown[] };

/** Deletes a, b and c, of which the target refuses b. */
async function removeThree(
  refusal: { readonly code: ErrorCode; readonly retryable: boolean },
  isOver = false,
): Promise<Removed> {
  const deleted: string[] = [];
  const counts: unknown[] = [];
  const request = async ({ path }: { readonly path: string }): Promise<void> => {
    const name = path.split("/").at(-1) ?? "";
    if (name === "b") throw new KubemendError(refusal.code, "no", refusal);
    deleted.push(name);
  };
  const client = { request } as unknown as KubernetesClient;
  const target = { client, name: "backup-eu" } as never;
  const misplaced = ["a", "b", "c"].map((name) => ({ copy: toSource({ metadata: { name } }) }));
  const log = (): void => undefined;
  const context: MessageContext = {
    signal: new AbortController().signal,
    deadlineMs: Number.POSITIVE_INFINITY,
    telemetry: {
      count: (...counted) => void counts.push(counted),
      logger: { debug: log, info: log, warn: log, error: log },
    },
  };
  const { rule } = toContext();
  const removal = { work: { rule: { ...rule, digest: "d" }, target }, type: CONFIG_MAPS };
  await removeMisplaced({ ...removal, isOver: () => isOver } as never, misplaced, context);
  return { deleted, counts };
}

const ONE_PASSED_OVER = [["ComparisonPassedOver", 1, { target: "backup-eu" }]];

describe("of copies at old places", () => {
  it.each([
    ["a policy protects", { code: "AdmissionDenied", retryable: false }],
    ["no right covers", { code: "Forbidden", retryable: false }],
    ["a webhook that is away keeps", { code: "Unavailable", retryable: true }],
  ] as const)("one that %s is counted, and the others are deleted", async (_what, refusal) => {
    expect(await removeThree(refusal)).toEqual({ deleted: ["a", "c"], counts: ONE_PASSED_OVER });
  });

  it("the others wait for the next comparison if one was refused and the time is over", async () => {
    expect(await removeThree({ code: "Timeout", retryable: true }, true)).toEqual({
      deleted: ["a"],
      counts: [["ComparisonPassedOver", 2, { target: "backup-eu" }]],
    });
  });

  it("none is passed over if the target itself is away", async () => {
    const removal = removeThree({ code: "Unreachable", retryable: true });
    await expect(removal).rejects.toBeInstanceOf(TargetFailure);
  });
});
