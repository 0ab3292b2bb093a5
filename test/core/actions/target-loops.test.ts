import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { findTargetLoop, toCause } from "../../../core/actions/contract/loop.ts";
import { toCauseAnnotations } from "../../../core/operations/loops/cause-annotations.ts";
import type { ActionState } from "../../../core/actions/contract/action.ts";
import type { Chain } from "../../../core/operations/loops/chain.ts";
import { NOW, toState } from "./state.ts";

type Json = Readonly<Record<string, unknown>>;

/** The trigger is a Job in the namespace data. */
function toStateOf(chain: Chain, more: Partial<ActionState<unknown>> = {}): ActionState<unknown> {
  return toState<unknown>({}, { chain, ...more });
}

/** The state of this rule's next record, whose trigger has no chain. */
function toLater(rule: string): ActionState<unknown> {
  const record = { name: "later", namespace: "kubemend", uid: "later-uid" };
  return toStateOf({ depth: 0, rules: {} }, { rule: { id: rule }, record });
}

function toObject(annotations: Json, metadata: Json = {}): KubernetesObject {
  const own = { name: "n1", uid: "node-uid", annotations, ...metadata };
  return { apiVersion: "v1", kind: "Node", metadata: own };
}

/** The annotations of a chain that somebody has written on a trigger of theirs. */
const FORGED: readonly (readonly [string, Chain])[] = [
  ["that names a rule of others", { depth: 3, rules: { "cordon-sick": NOW } }],
  [
    "of as many rules as fit",
    {
      depth: 3,
      rules: Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`x${at}`, NOW])),
    },
  ],
  ["of any rules", { depth: 3, rules: undefined }],
  ["that is longer than any number", { depth: Number.MAX_SAFE_INTEGER, rules: {} }],
];

describe("the chain of a trigger", () => {
  it.each(FORGED)("%s does not count on an object of others", (_, chain) => {
    const cause = toCauseAnnotations(toCause(toStateOf(chain), toObject({})));
    expect(cause).toMatchObject({
      "kubemend.dev/depth": "1",
      "kubemend.dev/rules": `rerun@${NOW}`,
    });
    const elsewhere = toObject({}, { namespace: "kube-system" });
    expect(toCause(toStateOf(chain), elsewhere)).toMatchObject({
      depth: 1,
      rules: `rerun@${NOW}`,
    });
  });

  it.each(FORGED)("%s takes nothing from the chain of an object of others", (_, chain) => {
    const own = toCauseAnnotations({
      record: "r",
      depth: 3,
      rules: `cordon-sick@${NOW}`,
      now: NOW,
    });
    const cause = toCauseAnnotations(toCause(toStateOf(chain), toObject(own)));
    const next = toLater("cordon-sick");
    expect(findTargetLoop(next, toObject(cause))?.code).toBe("LoopDepth");
  });

  it("continues on what is created, on its own object, and in its namespace", () => {
    const chain = { depth: 2, rules: { a: NOW } };
    const state = toStateOf(chain);
    const next = { depth: 3, rules: `a@${NOW} rerun@${NOW}` };
    expect(toCause(state)).toMatchObject(next);
    expect(toCause(state, toObject({}, { uid: "job-uid" }))).toMatchObject(next);
    expect(toCause(state, toObject({}, { namespace: "data" }))).toMatchObject(next);
  });

  it("stays a number that can be read, however often it grows", () => {
    const state = toStateOf({ depth: Number.MAX_SAFE_INTEGER, rules: { rerun: NOW } });
    const cause = toCauseAnnotations(toCause(state));
    expect(findTargetLoop(toLater("rerun"), toObject(cause))?.code).toBe("LoopDepth");
  });
});

describe("a rule that changes one object again and again", () => {
  const NO_TRIGGER_CHAIN = { depth: 0, rules: {} };

  /** The object after as many remediations, each by a record of its own; or the refusal. */
  function act(times: number, rules: readonly string[] = ["rerun"]): readonly string[] {
    let object = toObject({});
    return Array.from({ length: times }, (_, index) => {
      const rule = { id: rules[index % rules.length] ?? "" };
      const record = { name: `r-${index}`, namespace: "kubemend", uid: `u-${index}` };
      const state = toStateOf(NO_TRIGGER_CHAIN, { rule, record });
      const loop = findTargetLoop(state, object);
      if (loop === undefined) object = toObject(toCauseAnnotations(toCause(state, object)));
      return loop?.code ?? "acts";
    });
  }

  it("is refused at the fourth time within an hour, whatever triggered it", () => {
    expect(act(5)).toEqual(["acts", "acts", "acts", "LoopDepth", "LoopDepth"]);
  });

  it("does not stop other rules that have changed the object less often", () => {
    expect(act(6, ["a", "b", "c"])).toEqual(Array.from({ length: 6 }, () => "acts"));
  });

  it("may do it once more if a person asks, and is counted from there", () => {
    const full = toObject({
      "kubemend.dev/changed-by": Array.from({ length: 3 }, () => `rerun@${NOW}`).join(" "),
    });
    const state = toStateOf(NO_TRIGGER_CHAIN, { isManual: true });
    expect(findTargetLoop(state, full)).toBeUndefined();
    expect(toCause(state, full)).toMatchObject({ changedBy: `rerun@${NOW}` });
  });

  it("is not stopped by what its own record has done, which counts once", () => {
    const state = toStateOf(NO_TRIGGER_CHAIN);
    let object = toObject({ "kubemend.dev/changed-by": `rerun@${NOW} rerun@${NOW}` });
    for (let step = 0; step < 3; step += 1) {
      expect(findTargetLoop(state, object)).toBeUndefined();
      object = toObject(toCauseAnnotations(toCause(state, object)));
    }
    expect(object.metadata["annotations"]).toMatchObject({
      "kubemend.dev/changed-by": Array.from({ length: 3 }, () => `rerun@${NOW}`).join(" "),
    });
  });

  it("is refused if the object is the end of a chain in which it has acted, as an older version wrote it", () => {
    const own = { record: "r", depth: 3, rules: `rerun@${NOW}`, now: NOW };
    const state = toStateOf(NO_TRIGGER_CHAIN);
    expect(findTargetLoop(state, toObject(toCauseAnnotations(own)))?.message).toContain("n1");
    const short = toObject(toCauseAnnotations({ ...own, depth: 2 }));
    expect(findTargetLoop(state, short)).toBeUndefined();
  });
});
