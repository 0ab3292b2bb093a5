import { describe, expect, it } from "vitest";
import type { MirrorRule } from "../../../core/pipeline/mirror-rule.ts";
import type { OtherCluster } from "../../../core/pipeline/pipeline.ts";
import { checkRules, chooseRules } from "../../../cli/diff/choose-rules.ts";
import { findTargetName, parseTarget } from "../../../cli/diff/find-target.ts";
import { toMirror } from "../../support/mirror/mirror-case.ts";

const access = { type: "secret", id: "s" } as const;
const CLUSTERS: readonly OtherCluster[] = [
  { name: "backup-eu", access },
  { name: "backup-us", uid: "uid-us", access },
];
const CONTEXTS = ["prod", "eks-eu", "backup-us"];
const toRule = (id: string, to: readonly string[]): MirrorRule =>
  ({ rule: { id }, mirror: toMirror({ to }) }) as unknown as MirrorRule;
const RULES = [toRule("both", ["backup-eu", "backup-us"]), toRule("one", ["backup-eu"])];

describe("--to", () => {
  const parse = (text: string) => parseTarget(text, { contexts: CONTEXTS, clusters: CLUSTERS });

  it("is a context, a context of a named cluster, or a cluster of the pipeline by its access", () => {
    expect(parse("eks-eu")).toEqual({ by: "context", context: "eks-eu", name: undefined });
    expect(parse("backup-us")).toEqual({ by: "context", context: "backup-us", name: "backup-us" });
    expect(parse("backup-eu=eks-eu")).toEqual({
      by: "context",
      context: "eks-eu",
      name: "backup-eu",
    });
    expect(parse("backup-eu")).toEqual({ by: "access", cluster: CLUSTERS[0] });
  });

  it.each([
    ["backup-eux", "did you mean backup-eu?"],
    ["backup-eu=nowhere", "there is no context nowhere"],
    ["backup-fr=eks-eu", "the pipeline has no cluster backup-fr; did you mean backup-eu?"],
    ["x=eks-eu", "the pipeline has no cluster x; there are: backup-eu, backup-us"],
    ["=eks-eu", "there is no context =eks-eu"],
    ["x", "there are: backup-eu, backup-us, prod, eks-eu"],
  ])("is refused if it is nothing of that: %s", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  const find = (name: string | undefined, uid: string, rules = RULES) =>
    findTargetName({ context: "eks-eu", name }, uid, { clusters: CLUSTERS, rules });

  it("has the name of the cluster with its uid, or of the only target of the rules", () => {
    expect(find(undefined, "uid-us")).toBe("backup-us");
    expect(find(undefined, "uid-eu", [toRule("one", ["backup-eu"])])).toBe("backup-eu");
  });

  it("is refused if its name is not clear, or the cluster is another one", () => {
    expect(() => find(undefined, "uid-eu")).toThrow("Write --to NAME=eks-eu, with one of");
    expect(() => find("backup-us", "uid-eu")).toThrow("has the uid uid-us");
  });
});

describe("what the file alone shows", () => {
  const all = [{ id: "tell" }, { id: "one" }, { id: "both" }];

  it("is that each rule that was named mirrors", () => {
    expect(() => {
      checkRules(RULES, { all, ids: [] });
      checkRules(RULES, { all, ids: ["one", "both"] });
    }).not.toThrow();
  });

  it.each([
    ["bothh", "the pipeline has no rule bothh; did you mean both?"],
    ["tell", "the rule tell does not mirror"],
  ])("is that one does not: %s", (id, message) => {
    expect(() => {
      checkRules(RULES, { all, ids: ["one", id] });
    }).toThrow(message);
  });

  it("is that none does", () => {
    expect(() => {
      checkRules([], { all, ids: [] });
    }).toThrow("no rule of the pipeline mirrors");
  });
});

describe("--rule", () => {
  const choose = (target: string, ids: readonly string[] = []) =>
    chooseRules(RULES, {
      all: [{ id: "tell" }, { id: "one" }, { id: "both" }],
      ids,
      from: "production",
      target,
    }).map(({ rule }) => rule.id);

  it("chooses among the rules that mirror to the target", () => {
    expect(choose("backup-eu")).toEqual(["both", "one"]);
    expect(choose("backup-us")).toEqual(["both"]);
    expect(choose("backup-eu", ["one"])).toEqual(["one"]);
  });

  it.each([
    ["backup-us", ["one"], "the rule one does not mirror to backup-us, but to: backup-eu"],
    ["backup-eu", ["tell"], "the rule tell mirrors no objects of production"],
    ["backup-eu", ["bothh"], "the pipeline has no rule bothh; did you mean both?"],
    [
      "elsewhere",
      [],
      "mirrors objects of production to elsewhere; rules mirror them to: backup-eu, backup-us",
    ],
  ])("is refused if there is none to %s: %j", (target, ids, message) => {
    expect(() => choose(target, ids)).toThrow(message);
  });
});
