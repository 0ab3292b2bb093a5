import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { compareLists, toCopy, toLister } from "../../../support/mirror/compare-case.ts";
import { toContext, toSource } from "../../../support/mirror/mirror-case.ts";

/** The object with other metadata. */
function withMetadata(object: KubernetesObject, metadata: object): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

describe("a comparison counts as an orphan that it does not know", () => {
  const copy = toCopy(toSource({ data: { a: "1" } }), toContext());
  const { "kubemend.dev/source-object": _lost, ...left } = copy.metadata["annotations"] as Readonly<
    Record<string, string>
  >;
  const managedFields: readonly object[] = [];
  const compareWith = (metadata: object) =>
    compareLists({ source: toLister([]), target: toLister([withMetadata(copy, metadata)]) });

  it.each<[string, object]>([
    ["that lost an annotation", { annotations: left, managedFields }],
    [
      "that says that it is of another cluster",
      { annotations: { ...left, "kubemend.dev/source-cluster": "x" }, managedFields },
    ],
    ["under another name", { name: "mine", managedFields }],
  ])("a copy %s", async (_what, metadata) => {
    const { cursor, asked, removed, unrecognized } = await compareWith(metadata);
    expect(unrecognized).toHaveLength(1);
    expect([cursor.counts.orphans, asked, removed]).toEqual([1, [], []]);
  });

  it("but no copy that the function of another cluster keeps", async () => {
    const annotations = {
      ...(copy.metadata["annotations"] as object),
      "kubemend.dev/source-cluster": "another",
    };
    const { cursor, unrecognized } = await compareWith({ annotations });
    expect([cursor.counts.orphans, unrecognized]).toEqual([0, []]);
  });
});

describe("a comparison deletes at another place", () => {
  const source = toSource({ data: { a: "1" } });
  const before = toCopy(source, toContext());
  const compareWith = (copy: KubernetesObject) =>
    compareLists(
      { source: toLister([]), target: toLister([copy]) },
      toContext({ names: { suffix: "-dr" } }),
    );

  it("what it made itself when the rule mapped names in another way", async () => {
    expect((await compareWith(before)).removed).toEqual(["settings"]);
  });

  it("nothing that somebody else made from a copy", async () => {
    const managedFields = [{ manager: "kubectl", operation: "Apply", fieldsV1: {} }];
    const { removed, asked, cursor } = await compareWith(withMetadata(before, { managedFields }));
    expect([removed, asked]).toEqual([[], []]);
    expect(cursor.counts.orphans).toBe(1);
  });

  it("nothing that says that it was made as the rule maps now", async () => {
    const now = toCopy(source, toContext({ names: { suffix: "-dr" } }));
    expect((await compareWith(withMetadata(now, { name: "mine" }))).removed).toEqual([]);
  });
});

describe("a copy that has drifted, if the rule only reports it,", () => {
  const context = toContext({ drift: "report" });
  const source = toSource({ data: { a: "1" } });
  const drifted = { ...toCopy(source, context), data: { a: "2" } };
  const compare = (asksReported?: boolean) =>
    compareLists(
      { source: toLister([source]), target: toLister([drifted]) },
      context,
      () => false,
      asksReported,
    );

  it("is counted, and not asked for", async () => {
    const { asked, cursor } = await compare();
    expect(asked).toEqual([]);
    expect(cursor.counts.drifted).toBe(1);
  });

  it("is asked for if a person looks", async () => {
    expect(await compare(true)).toMatchObject({ asked: [{ place: { name: "settings" } }] });
  });
});

describe("an object whose owner does not want it to be copied", () => {
  const context = toContext();
  const annotations = { "kubemend.dev/remediate": "false" };
  const source = toSource({ data: { a: "2" }, metadata: { annotations } });
  const old = toCopy(toSource({ data: { a: "1" } }), context);
  const compare = (copies: readonly KubernetesObject[], asksReported?: boolean) =>
    compareLists(
      { source: toLister([source]), target: toLister(copies) },
      context,
      () => false,
      asksReported,
    );

  it.each([
    ["an old copy", [old]],
    ["no copy", []],
  ])("and that has %s is no difference, and not asked for", async (_what, copies) => {
    const { asked, cursor } = await compare(copies);
    expect(asked).toEqual([]);
    expect(cursor.counts).toMatchObject({ compared: 1, missing: 0, stale: 0 });
  });

  it("is asked for if a person looks", async () => {
    expect((await compare([old], true)).asked).toHaveLength(1);
  });
});
