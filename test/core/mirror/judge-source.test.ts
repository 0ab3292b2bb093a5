import { describe, expect, it } from "vitest";
import { isCopy } from "../../../core/decide/copy-mark.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import type { MirrorContext } from "../../../core/mirror/mirror-context.ts";
import { toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

function toRule(rule: Partial<MirrorContext["rule"]> = {}): Partial<MirrorContext> {
  const then = [{ action: "mirror", parameters: toMirror() }];
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return { rule: { id: "mirror-it", on: { resource: "configmaps", changes: [] }, then, ...rule } };
}

const on = (selection: object): Partial<MirrorContext> =>
  toRule({ on: { resource: "configmaps", changes: [], ...selection } });

describe("a source", () => {
  it("that is gone has no copy", () => {
    expect(judgeSource(null, toContext())).toEqual({ outcome: "gone" });
  });

  it("that the rule covers has one", () => {
    const source = toSource({ data: { a: "b" } });
    const answer = judgeSource(source, toContext({}, toRule({ where: 'object.data.a == "b"' })));
    expect(answer).toMatchObject({ outcome: "mirrored", uid: "uid-of-source" });
  });

  it("that was restored from its own copy is refused", () => {
    const context = toContext({}, toRule());
    const annotations = {
      "kubemend.dev/source-cluster": context.cluster.uid,
      "kubemend.dev/source-uid": "uid-of-source",
      "kubemend.dev/source-object": "shop/settings",
    };
    const source = toSource({ metadata: { namespace: "shop", name: "settings", annotations } });
    expect(judgeSource(source, context)).toMatchObject({
      outcome: "refused",
      code: "CopyOfCopy",
      message: expect.stringContaining("take the annotation kubemend.dev/source-cluster from it"),
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>, Partial<MirrorContext>, RegExp]>([
    ["without the labels", {}, on({ labelSelector: "mirror=yes" }), /labels do not match/],
    ["of another namespace", {}, on({ namespaces: ["billing"] }), /in namespace shop/],
    [
      "of a namespace without the labels",
      {},
      on({ namespaceSelector: "team=a" }),
      /namespace do not match/,
    ],
    [
      "of a system namespace",
      { metadata: { namespace: "kube-system" } },
      toRule(),
      /only if on\.namespaces names it/,
    ],
    [
      "that is a copy",
      { metadata: { annotations: { "kubemend.dev/source-cluster": "b" } } },
      toRule(),
      /it is a copy itself/,
    ],
    [
      "that belongs to its cluster",
      { metadata: { name: "kube-root-ca.crt" } },
      toRule(),
      /keeps kube-root-ca\.crt/,
    ],
    ["for which the condition is false", {}, toRule({ where: "false" }), /where is false/],
    [
      "that lacks what the condition reads",
      {},
      toRule({ where: 'object.data.a == "b"' }),
      /object\.data.* not there/,
    ],
  ])("%s has left", (_what, fields, context, reason) => {
    const answer = judgeSource(toSource(fields), toContext({}, context), { team: "b" });
    expect(answer).toEqual({
      outcome: "left",
      reason: expect.stringMatching(reason) as unknown,
      origin: isCopy(fields) ? "b" : undefined,
    });
  });

  it("whose condition fails is refused, so that its copy stays", () => {
    const source = toSource({ data: { a: "b" } });
    const answer = judgeSource(source, toContext({}, toRule({ where: "int(object.data.a) > 1" })));
    expect(answer).toMatchObject({ outcome: "refused", code: "RuleError" });
  });

  it("whose values cannot be computed is refused, so that its copy stays", () => {
    const written = { labels: { set: { a: { cel: "object.data.b" } } } };
    const answer = judgeSource(toSource(), toContext(written, toRule()));
    expect(answer).toMatchObject({ outcome: "refused", code: "RuleError" });
  });

  it("whose values cost too much is refused, and does not stop the others", () => {
    const list = Array.from({ length: 2_000 }, (_, index) => String(index));
    const where = "object.data.l.all(a, object.data.l.all(b, a != b || a == b))";
    const answer = judgeSource(toSource({ data: { l: list } }), toContext({}, toRule({ where })));
    expect(answer).toMatchObject({ outcome: "refused", code: "RuleError" });
  });
});

describe("a rule on Namespaces", () => {
  const type = {
    group: "",
    version: "v1",
    resource: "namespaces",
    kind: "Namespace",
    namespaced: false,
  };
  const judge = (name: string, selection: object = {}, namespaces: object = {}) => {
    const mirror = toMirror({ namespaces });
    const then = [{ action: "mirror", parameters: mirror }];
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    const rule = {
      id: "mirror-it",
      on: { resource: "namespaces", changes: [], ...selection },
      then,
    };
    const metadata = { name, uid: "u", resourceVersion: "1" };
    const source = { apiVersion: "v1", kind: "Namespace", metadata };
    return judgeSource(source, toContext({ namespaces }, { type, rule })).outcome;
  };

  it.each(["kube-system", "kube-public", "kube-node-lease", "kubemend", "default"])(
    "does not mirror %s, and touches no copy of it",
    (name) => {
      expect(judge(name)).toBe("untouched");
    },
  );

  it("mirrors the others", () => {
    expect(judge("shop")).toBe("mirrored");
  });

  it("mirrors one that it names in its field selector, or maps", () => {
    expect(judge("default", { fieldSelector: "metadata.name=default" })).toBe("mirrored");
    expect(judge("default", { fieldSelector: "metadata.name!=shop" })).toBe("untouched");
    expect(judge("default", {}, { default: "from-prod" })).toBe("mirrored");
  });
});
