import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import type { MessageContext } from "../../../../adapters/lambda/sqs-process.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { removeMisplaced } from "../../../../functions/transfer/compare/remove-misplaced.ts";
import { TargetFailure } from "../../../../functions/transfer/copy/target-failure.ts";
import { CopyServer } from "../../../support/mirror/copy-server.ts";
import {
  CONFIG_MAPS,
  SOURCE_CLUSTER,
  toContext,
  toSource,
} from "../../../support/mirror/mirror-case.ts";
import { toNamespace, toPath } from "../../../support/mirror/transfer-case.ts";

type Removed = { readonly deleted: readonly string[]; readonly counts: readonly unknown[] };

/** Deletes a, b and c, of which the target refuses b, or whose owner does not want b to be touched. */
async function removeThree(
  refusal: { readonly code: ErrorCode; readonly retryable: boolean; readonly of?: string },
  isOver = false,
  optOut: { readonly object?: object; readonly namespace?: object } = {},
  sources: readonly KubernetesObject[] = [],
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
  const source = new CopyServer();
  for (const object of sources) source.put(toPath(object.metadata.name), object);
  const misplaced = ["a", "b", "c"].map((name) => ({
    copy: toSource({
      metadata: { name, annotations: toMarks(name), ...(name === "b" ? optOut.object : {}) },
    }),
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
  const versions = { read: CONFIG_MAPS, write: CONFIG_MAPS };
  const removal = { work: { rule: { ...rule, digest: "d" }, source, target }, versions };
  await removeMisplaced({ ...removal, isOver: () => isOver } as never, misplaced, context);
  return { deleted, counts };
}

/** The marks of a copy of shop/NAME. */
const toMarks = (
  name: string,
  cluster: string = SOURCE_CLUSTER.uid,
): Readonly<Record<string, string>> => ({
  "kubemend.dev/source-cluster": cluster,
  "kubemend.dev/source-uid": `uid-${name}`,
  "kubemend.dev/source-object": `shop/${name}`,
});

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

  it("one whose source is a copy itself is counted, because no original may be left, and the others are deleted", async () => {
    const sources = [
      toSource({ metadata: { name: "a" } }),
      toSource({ metadata: { name: "b", annotations: toMarks("b", "uid-of-the-target") } }),
    ];
    expect(await removeThree(NO_REFUSAL, false, {}, sources)).toEqual({
      deleted: ["a", "c"],
      counts: ONE_PASSED_OVER,
    });
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
