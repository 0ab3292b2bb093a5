import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import type { MirrorState, SourceState } from "../../../core/mirror/mirror-decision.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toManagedFields } from "../../support/mirror/applied.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

const source = toSource({ data: { colour: "red" }, metadata: { labels: { app: "shop" } } });

function toWanted(
  object: KubernetesObject = source,
  written: Readonly<Record<string, unknown>> = {},
): Extract<SourceState, { readonly outcome: "mirrored" }> {
  const desired = toDesired(object, toContext(written));
  if (!desired.ok) throw new Error(desired.error.message);
  return { outcome: "mirrored", uid: object.metadata.uid, desired: desired.value };
}

/** The copy, as the target's API server answers. */
function toCopy(
  wanted = toWanted(),
  change: { readonly metadata?: object; readonly [field: string]: unknown } = {},
): KubernetesObject {
  const { manifest } = wanted.desired;
  const { metadata, ...fields } = change;
  const managedFields = toManagedFields(manifest, wanted.desired.status);
  const stored = { uid: "uid-of-copy", resourceVersion: "7", generation: 1, managedFields };
  return {
    ...manifest,
    ...fields,
    metadata: { ...manifest.metadata, ...stored, ...metadata },
  };
}

function decide(
  state: Partial<MirrorState> & { readonly written?: Readonly<Record<string, unknown>> } = {},
) {
  const { written = {}, ...others } = state;
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror(written),
    clusterUid: SOURCE_CLUSTER.uid,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    place: { namespace: "shop", name: "settings" },
    source: toWanted(source, written),
    target: null,
    otherRules: new Set(),
    ...others,
  });
}

const copied = { uid: "uid-of-copy", resourceVersion: "7" };
const stranger = toSource({
  data: { colour: "blue" },
  metadata: { uid: "x", resourceVersion: "9" },
});

describe("a source that is mirrored", () => {
  it("is created if nothing is at its place", () => {
    const wanted = toWanted();
    expect(decide({ source: wanted })).toEqual({ outcome: "create", desired: wanted.desired });
  });

  it("needs nothing if its copy is as it is to be", () => {
    expect(decide({ target: toCopy() })).toEqual({ outcome: "nothing", reason: "inSync" });
  });

  it("updates its copy if it has changed, under the resourceVersion that was read", () => {
    const newer = toWanted(
      toSource({ data: { colour: "green" }, metadata: { resourceVersion: "1043" } }),
    );
    expect(decide({ source: newer, target: toCopy() })).toMatchObject({
      outcome: "update",
      why: "changed",
      precondition: copied,
      writes: { object: true, status: false },
      force: true,
    });
  });

  it("updates a copy that was made by other parameters of the rule", () => {
    const written = { labels: { set: { tier: "copy" } } };
    const answer = decide({ written, target: toCopy() });
    expect(answer).toMatchObject({ outcome: "update", why: "changed" });
  });

  it("repairs a copy that somebody changed", () => {
    const target = toCopy(toWanted(), { data: { colour: "blue" } });
    expect(decide({ target })).toMatchObject({
      outcome: "update",
      why: "drift",
      differences: [{ path: ["data", "colour"], desired: "red", live: "blue" }],
    });
  });

  it("only reports it with drift: report", () => {
    const written = { drift: "report" };
    const target = toCopy(toWanted(source, written), { data: { colour: "blue" } });
    expect(decide({ target, written })).toMatchObject({
      outcome: "nothing",
      reason: "drifted",
      differences: [{ path: ["data", "colour"] }],
    });
  });

  it("does not take fields over with drift: report, even if it has changed", () => {
    const newer = toWanted(toSource({ metadata: { resourceVersion: "1043" } }));
    const answer = decide({ source: newer, target: toCopy(), written: { drift: "report" } });
    expect(answer).toMatchObject({ outcome: "update", why: "changed", force: false });
  });

  it("waits while its copy is being deleted", () => {
    const metadata = { deletionTimestamp: "2026-03-01T10:00:00Z" };
    const answer = decide({ target: toCopy(toWanted(), { metadata }) });
    expect(answer).toMatchObject({ outcome: "wait", since: "2026-03-01T10:00:00Z" });
  });

  it("updates its status alone if only that differs", () => {
    const live = toSource({ status: { ready: true } });
    const written = { status: true };
    const wanted = toWanted(live, written);
    const target = toCopy(wanted, { status: { ready: false } });
    const answer = decide({ written, source: wanted, target });
    expect(answer).toMatchObject({ outcome: "update", writes: { object: false, status: true } });
  });
});

describe("a source that took the place of another", () => {
  const next = toSource({ metadata: { uid: "uid-of-next", resourceVersion: "1050" } });

  it("takes over its copy, which may be replaced if a field cannot be changed", () => {
    const answer = decide({ source: toWanted(next), target: toCopy() });
    expect(answer).toMatchObject({ outcome: "update", why: "changed", mayReplace: true });
  });

  it("takes over its copy, which is never replaced with delete: keep", () => {
    const written = { delete: "keep" };
    const answer = decide({ written, source: toWanted(next), target: toCopy() });
    expect(answer).toMatchObject({ outcome: "update", mayReplace: false });
  });

  it("takes over its copy, which is never replaced if it holds data", () => {
    const target = { ...toCopy(), kind: "PersistentVolumeClaim" };
    const answer = decide({ source: toWanted(next), target });
    expect(answer).toMatchObject({ outcome: "update", mayReplace: false });
  });

  it("has the copy of a Job deleted first, because the new one has to run", () => {
    const target = { ...toCopy(), apiVersion: "batch/v1", kind: "Job" };
    const answer = decide({ source: toWanted(next), target });
    expect(answer).toEqual({ outcome: "delete", precondition: copied, recreate: true });
  });
});

describe("a copy that somebody has made immutable", () => {
  it.each([
    ["ConfigMap", "propagate", true],
    ["Secret", "propagate", true],
    ["ConfigMap", "keep", false],
    ["Widget", "propagate", false],
  ])("of a %s, with delete: %s, may be replaced: %s", (kind, fate, mayReplace) => {
    const newer = toWanted(toSource({ kind, metadata: { resourceVersion: "1043" } }));
    const target = { ...toCopy(), kind, immutable: true };
    const answer = decide({ written: { delete: fate }, source: newer, target });
    expect(answer).toMatchObject({ outcome: "update", mayReplace });
  });
});

describe("a source that is gone or has left", () => {
  const gone = { outcome: "gone" } as const;
  const left = { outcome: "left", reason: "where is false" } as const;

  it.each([
    [gone, {}, "delete"],
    [left, {}, "delete"],
    [gone, { delete: "keep" }, "nothing"],
    [left, { delete: "keep" }, "nothing"],
    [left, { left: "keep" }, "nothing"],
    [gone, { left: "keep" }, "delete"],
    [left, { delete: "keep", left: "delete" }, "delete"],
    [gone, { delete: "keep", left: "delete" }, "nothing"],
  ] as const)("%o with %o means %s for the copy", (state, written, outcome) => {
    expect(decide({ source: state, written, target: toCopy() }).outcome).toBe(outcome);
  });

  it("has its copy deleted under the uid and resourceVersion that were read", () => {
    const answer = decide({ source: gone, target: toCopy() });
    expect(answer).toEqual({ outcome: "delete", precondition: copied, recreate: false });
  });

  it.each([
    ["no object", null, "absent"],
    ["somebody's object", stranger, "foreign"],
    [
      "the copy of another object",
      toCopy(toWanted(toSource({ metadata: { name: "b" } }))),
      "foreign",
    ],
  ])("leaves %s alone", (_what, target, reason) => {
    expect(decide({ source: gone, target })).toEqual({ outcome: "nothing", reason });
  });

  it.each<[string, (annotations: Readonly<Record<string, string>>) => object]>([
    ["removed", ({ "kubemend.dev/source-object": _gone, ...left }) => left],
    ["changed", (annotations) => ({ ...annotations, "kubemend.dev/source-object": "shop/b" })],
    ["removed all", () => ({})],
  ])("has a copy that is not known any more if somebody has %s its annotations", (_how, edit) => {
    const copy = toCopy();
    const annotations = edit(copy.metadata["annotations"] as Readonly<Record<string, string>>);
    const [entry] = copy.metadata["managedFields"] as readonly { readonly fieldsV1: object }[];
    const managedFields = [{ ...entry, fieldsV1: { "f:data": {} } }];
    const target = toCopy(toWanted(), { metadata: { annotations, managedFields } });
    expect(decide({ source: gone, target })).toMatchObject({
      outcome: "conflict",
      code: "CopyUnrecognized",
    });
    expect(decide({ source: gone, target, written: { delete: "keep" } }).outcome).toBe("nothing");
  });

  it("waits while its copy is being deleted, and says what that waits for", () => {
    const metadata = {
      deletionTimestamp: "2026-03-01T10:00:00Z",
      finalizers: ["example.com/hold"],
    };
    const answer = decide({ source: gone, target: toCopy(toWanted(), { metadata }) });
    expect(answer).toMatchObject({
      outcome: "wait",
      message: expect.stringContaining("example.com/hold") as unknown,
    });
  });

  it("leaves a copy alone that another rule keeps", () => {
    const otherRules = new Set(["mirror-it"]);
    const answer = decide({ source: left, target: toCopy(), otherRules });
    expect(answer).toEqual({ outcome: "nothing", reason: "foreign" });
  });
});

describe("an object that is not ours", () => {
  it("is a conflict", () => {
    const answer = decide({ target: stranger });
    expect(answer).toMatchObject({ outcome: "conflict", code: "MirrorConflict" });
  });

  it("is left alone with conflict: skip", () => {
    const answer = decide({ target: stranger, written: { conflict: "skip" } });
    expect(answer).toEqual({ outcome: "nothing", reason: "skipped" });
  });

  it("is taken over with conflict: adopt, under the resourceVersion that was read", () => {
    expect(decide({ target: stranger, written: { conflict: "adopt" } })).toMatchObject({
      outcome: "update",
      why: "adopt",
      force: true,
      precondition: { uid: "x", resourceVersion: "9" },
    });
  });

  it.each(["fail", "adopt"])(
    "is a conflict with %s if it is the copy of another object",
    (conflict) => {
      const other = toCopy(toWanted(toSource({ metadata: { namespace: "billing" } })));
      expect(decide({ target: other, written: { conflict } })).toMatchObject({
        outcome: "conflict",
        code: "MirroredFromElsewhere",
        message: expect.stringContaining("billing/settings") as unknown,
      });
    },
  );

  it("is a conflict even with adopt if it is the copy of another cluster", () => {
    const answer = decide({ target: toCopy(), clusterUid: "c", written: { conflict: "adopt" } });
    expect(answer).toMatchObject({ outcome: "conflict", code: "MirroredFromElsewhere" });
  });

  it("is a conflict if another rule that still exists keeps the copy", () => {
    const answer = decide({ target: toCopy(), otherRules: new Set(["mirror-it"]) });
    expect(answer).toMatchObject({ outcome: "conflict", code: "MirroredByOtherRule" });
  });
});

it("the copy of a rule that does not exist any more is taken over, even with drift: report", () => {
  const metadata = { labels: { app: "shop", "kubemend.dev/mirrored-by": "removed" } };
  const answer = decide({ target: toCopy(toWanted(), { metadata }), written: { drift: "report" } });
  expect(answer).toMatchObject({ outcome: "update", why: "changed" });
});

it("a source of which nobody knows whether it is mirrored has its copy left as it is", () => {
  const refused = { outcome: "refused", code: "RuleError", message: "no" } as const;
  expect(decide({ source: refused, target: toCopy() })).toEqual(refused);
});
