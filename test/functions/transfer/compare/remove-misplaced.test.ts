import { describe, expect, it } from "vitest";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import type { MessageContext } from "../../../../adapters/lambda/sqs-process.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { removeMisplaced } from "../../../../functions/transfer/compare/remove-misplaced.ts";
import { TargetFailure } from "../../../../functions/transfer/copy/target-failure.ts";
import { CONFIG_MAPS, toContext, toSource } from "../../../support/mirror/mirror-case.ts";
import { toNamespace } from "../../../support/mirror/transfer-case.ts";

type Removed = { readonly deleted: readonly string[]; readonly counts: readonly unknown[] };

/** Deletes a, b and c, of which the target refuses b, or whose owner does not want b to be touched. */
async function removeThree(
  refusal: { readonly code: ErrorCode; readonly retryable: boolean; readonly of?: string },
  isOver = false,
  optOut: { readonly object?: object; readonly namespace?: object } = {},
): Promise<Removed> {
  const { of: refused = "b" } = refusal;
  const deleted: string[] = [];
  const counts: unknown[] = [];
  const request = async ({ method, path }: KubernetesRequest): Promise<unknown> => {
    if (method === "GET") return toNamespace("shop", optOut.namespace);
    const name = path.split("/").at(-1) ?? "";
    if (name === refused) throw new KubemendError(refusal.code, "no", refusal);
    deleted.push(name);
    return {};
  };
  const client = { request } as unknown as KubernetesClient;
  const target = { client, name: "backup-eu" } as never;
  const misplaced = ["a", "b", "c"].map((name) => ({
    copy: toSource({ metadata: { name, ...(name === "b" ? optOut.object : {}) } }),
  }));
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

const OPTED_OUT = { labels: { "kubemend.dev/remediate": "false" } };
const NO_REFUSAL = { code: "Forbidden", retryable: false, of: "none" } as const;
const ONE_PASSED_OVER = [["ComparisonPassedOver", 1, { target: "backup-eu" }]];

describe("of copies at old places", () => {
  it.each([
    ["a policy protects", { code: "AdmissionDenied", retryable: false }],
    ["no right covers", { code: "Forbidden", retryable: false }],
    ["a webhook that is away keeps", { code: "Unavailable", retryable: true }],
  ] as const)("one that %s is counted, and the others are deleted", async (_what, refusal) => {
    expect(await removeThree(refusal)).toEqual({ deleted: ["a", "c"], counts: ONE_PASSED_OVER });
  });

  it("one whose owner does not want it to be touched is counted, and the others are deleted", async () => {
    expect(await removeThree(NO_REFUSAL, false, { object: OPTED_OUT })).toEqual({
      deleted: ["a", "c"],
      counts: ONE_PASSED_OVER,
    });
  });

  it("none is deleted in a namespace whose owner does not want it", async () => {
    const { deleted } = await removeThree(NO_REFUSAL, false, { namespace: OPTED_OUT });
    expect(deleted).toEqual([]);
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
