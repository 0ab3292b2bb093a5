import { describe, expect, it } from "vitest";
import type { Trigger } from "../../../../events/request.ts";
import type { Reach } from "../../../../core/pipeline/pipeline.ts";
import type { WriteOperation } from "../../../../core/operations/operation.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import {
  checkStoredWrites,
  checkWrites,
} from "../../../../functions/remediate/plan/check-authority.ts";
import { toRecord } from "../../../core/records/record.ts";

const MOVE = {
  group: "kubemend.dev",
  version: "v1alpha1",
  resource: "moves",
  kind: "Move",
  namespace: "kubemend",
  name: "move-web",
};

function toMove(...select: readonly object[]): WriteOperation {
  const spec = { target: { cluster: "backup-eu" }, select };
  return { type: "createManifest", name: "move", target: MOVE, metadata: {}, spec };
}

/** The code of the refusal, of a rule whose trigger is a Job in the namespace data, or this one. */
function check(
  operation: WriteOperation,
  reach?: Reach,
  trigger: Partial<Trigger> = {},
): string | undefined {
  const context = toContext(reach);
  const { spec, ...record } = context.record;
  const of = { ...record, spec: { ...spec, trigger: { ...spec.trigger, ...trigger } } };
  return checkWrites({ operations: [operation] }, { ...context, record: of })?.code;
}

function toContext(reach?: Reach) {
  const unexpected = async (): Promise<never> => {
    throw new Error("nothing may be read or written");
  };
  const executor = {
    read: unexpected,
    scan: unexpected,
    readNamespace: unexpected,
    readCatalog: unexpected,
    readUses: unexpected,
    execute: unexpected,
  };
  const rule = reach === undefined ? {} : { reach };
  return {
    record: toRecord(),
    rule,
    pipeline: { redact: [] },
    catalog: builtinCatalog(),
    executor,
    now: "2026-03-01T10:00:00.000Z",
  };
}

const CLAIM = {
  group: "example.com",
  version: "v1",
  resource: "clusterclaims",
  kind: "ClusterClaim",
  namespaced: false,
  namespace: null,
  name: "web",
};
const OWN = { resource: "configmaps", namespace: "data", name: "web", withOwned: true };
const OTHER = { resource: "configmaps", namespace: "shop", name: "web" };
const WIDE = { resource: "clusterclaims.example.com", name: "web", withOwned: true };

describe("the authority to begin a Move", () => {
  it("is about what moves, and not about the Move, which is beside the records", () => {
    expect(check(toMove(OWN))).toBe(undefined);
    expect(check(toMove(OTHER))).toBe("OutOfReach");
    expect(check(toMove(OTHER), ["shop"])).toBe(undefined);
  });

  it("is about each of the selected objects", () => {
    expect(check(toMove(OWN, OTHER))).toBe("OutOfReach");
  });

  it("takes the reach of the whole cluster if an object in no namespace moves with what it owns", () => {
    // The object itself is always within reach.
    const { withOwned: _owned, ...alone } = WIDE;
    expect(check(toMove(alone), undefined, CLAIM)).toBe(undefined);
    expect(check(toMove(WIDE), ["data"], CLAIM)).toBe("OutOfReach");
    expect(check(toMove(WIDE), "cluster", CLAIM)).toBe(undefined);
  });

  it("does not extend to system namespaces that the rule does not name", () => {
    const system = { ...OTHER, namespace: "kube-system" };
    expect(check(toMove(system), "cluster")).toBe("SystemNamespace");
  });

  it("is asked again before a plan that has waited, without its verification", async () => {
    const verify = { type: "verify", name: "verify", target: MOVE, withinMs: 1 } as const;
    const { signal } = new AbortController();
    const ask = async (operation: WriteOperation) =>
      (await checkStoredWrites([operation, verify], toContext(), signal))?.code;
    expect(await ask(toMove(OWN))).toBe(undefined);
    expect(await ask(toMove(OTHER))).toBe("OutOfReach");
  });
});
