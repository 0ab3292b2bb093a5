import { describe, expect, it } from "vitest";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toMirrorRule } from "../../support/mirror/mirror-world.ts";
import {
  createTransferCase,
  toConfigMap,
  toNamespace,
  toPath,
  type TransferCase,
} from "../../support/mirror/transfer-case.ts";
import type { Delivered } from "../../support/mirror/transfer-message.ts";

const PATH = toPath("settings");
const MARK = { "kubemend.dev/remediate": "false" };
const SHOP = "/api/v1/namespaces/shop";

function toRule(mirror: object = {}): Rule {
  const on = { resource: "configmaps", namespaces: ["shop"] };
  return toMirrorRule("mirror-shop", { on, mirror: { ...mirror } });
}

/** The message about `settings`, for a rule with this mirror. */
function run(world: TransferCase, mirror: object = {}): Promise<Delivered> {
  const rule = toRule(mirror);
  const process = world.start([rule]);
  return world.deliver(process, rule.id, { name: "settings", uid: "uid-settings" });
}

/** `settings` of the source and, if asked for, its copy as this rule has made it. */
async function createWorld(isCopied: boolean): Promise<TransferCase> {
  const world = createTransferCase();
  world.source.put(PATH, toConfigMap("settings", { data: { a: "1" } }));
  if (isCopied) await run(world);
  return world;
}

/** Another state of the object at the path, with this metadata. */
function change(world: TransferCase["source"], fields: object, metadata: object = {}): void {
  const live = world.objects.get(PATH);
  if (live === undefined) throw new Error("there is none");
  world.put(PATH, { ...live, ...fields, metadata: { ...live.metadata, ...metadata } });
}

/** Marks the object at the path as opted out, besides the labels that it has. */
function mark(world: TransferCase["source"]): void {
  const labels = world.objects.get(PATH)?.metadata["labels"] as object | undefined;
  change(world, {}, { labels: { ...labels, ...MARK } });
}

/** The mark on the object itself, as a label or an annotation. */
const OBJECTS = [["label"], ["annotation"]] as const;
const toMetadata = (as: "label" | "annotation") =>
  as === "label" ? { labels: MARK } : { annotations: MARK };

describe("an object of the source that has opted out", () => {
  it.each(OBJECTS)("by a %s is not copied", async (as) => {
    const world = await createWorld(false);
    change(world.source, {}, toMetadata(as));
    const { counts } = await run(world);
    expect(world.target.writes()).toEqual([]);
    expect(counts).toContain("MirrorUntouched");
  });

  it("by its namespace is not copied", async () => {
    const world = await createWorld(false);
    world.source.put(SHOP, toNamespace("shop", { labels: MARK }));
    const { counts } = await run(world);
    expect(world.target.writes()).toEqual([]);
    expect(counts).toContain("MirrorUntouched");
  });

  it("keeps the copy that it has, as it is", async () => {
    const world = await createWorld(true);
    const before = world.target.objects.get(PATH);
    change(world.source, { data: { a: "2" } }, { labels: MARK });
    await run(world);
    expect(world.target.objects.get(PATH)).toEqual(before);
  });
});

describe("an object that has opted out and that the rule does not cover any more", () => {
  const LABELLED = { resource: "configmaps", namespaces: ["shop"], labelSelector: "mirror=yes" };
  const rule = toMirrorRule("mirror-shop", { on: LABELLED });

  const object = { name: "settings", uid: "uid-settings" };
  const toSettings = (labels: object) =>
    toConfigMap("settings", { data: { a: "1" }, metadata: { labels } });

  /** `settings`, whose copy was made by another process, with these labels by now. */
  async function runWith(labels: object, ofNamespace: object): Promise<TransferCase> {
    const before = createTransferCase();
    before.source.put(PATH, toSettings({ mirror: "yes" }));
    await before.deliver(before.start([rule]), rule.id, object);
    const world = createTransferCase();
    for (const [path, copy] of before.target.objects) world.target.put(path, copy);
    world.source.put(PATH, toSettings(labels));
    world.source.put(SHOP, toNamespace("shop", { labels: ofNamespace }));
    await world.deliver(world.start([rule]), rule.id, object);
    return world;
  }

  it.each([
    ["itself", MARK, {}],
    ["by its namespace", {}, MARK],
  ])("%s keeps its copy", async (_what, labels, ofNamespace) => {
    const world = await runWith(labels, ofNamespace);
    expect(world.target.objects.has(PATH)).toBe(true);
  });

  it("loses its copy without the mark", async () => {
    const world = await runWith({}, {});
    expect(world.target.objects.has(PATH)).toBe(false);
  });
});

describe("an object that was restored from its own copy", () => {
  it("is not mirrored, its copy stays, and its record says what to do, until the mark is gone", async () => {
    const world = await createWorld(true);
    const before = world.source.objects.get(PATH);
    const copy = world.target.objects.get(PATH);
    if (before === undefined || copy === undefined) throw new Error("there is none");
    const { labels, annotations } = copy.metadata;
    change(world.source, { data: { a: "0" } }, { labels, annotations });
    await run(world);
    expect(world.target.objects.get(PATH)).toEqual(copy);
    expect(world.records.list()).toEqual(["settings Failed CopyOfCopy"]);
    expect(world.records.statusOf("settings")?.message).toContain(
      "take the annotation kubemend.dev/source-cluster from it",
    );
    change(world.source, {}, { annotations: {} });
    await run(world);
    expect(world.target.objects.get(PATH)).toMatchObject({ data: { a: "0" } });
    expect(world.records.list()).toEqual(["settings Succeeded Mirrored"]);
  });
});

describe("an object of the target that has opted out", () => {
  it.each(OBJECTS)("by a %s is not adopted", async (as) => {
    const world = await createWorld(false);
    const metadata = { uid: "theirs", ...toMetadata(as) };
    world.target.put(PATH, toConfigMap("settings", { data: { theirs: "1" }, metadata }));
    await run(world, { conflict: "adopt" });
    expect(world.target.writes()).toEqual([]);
    expect(world.records.list()).toEqual(["settings Failed OptedOut"]);
  });

  it("is not changed any more, and its record says so", async () => {
    const world = await createWorld(true);
    mark(world.target);
    change(world.source, { data: { a: "2" } });
    await run(world);
    expect(world.target.objects.get(PATH)).toMatchObject({ data: { a: "1" } });
    expect(world.records.list()).toEqual(["settings Failed OptedOut"]);
  });

  it("is not deleted with its source, and its record says so", async () => {
    const world = await createWorld(true);
    mark(world.target);
    world.source.objects.delete(PATH);
    await run(world);
    expect(world.target.objects.has(PATH)).toBe(true);
    expect(world.records.list()).toEqual(["settings Failed OptedOut"]);
  });
});

describe("in a namespace of the target that has opted out", () => {
  it("no copy is made", async () => {
    const world = await createWorld(false);
    world.target.put(SHOP, toNamespace("shop", { annotations: MARK }));
    await run(world);
    expect(world.target.writes()).toEqual([]);
    expect(world.records.statusOf("settings")?.message).toBe(
      'ConfigMap shop/settings of the target is left as it is: its namespace has kubemend.dev/remediate: "false"',
    );
  });

  it("a copy that is as it is to be is no conflict, also if a comparison asks for it", async () => {
    const world = await createWorld(true);
    const other = createTransferCase();
    for (const [path, object] of world.source.objects) other.source.objects.set(path, object);
    for (const [path, object] of world.target.objects) other.target.objects.set(path, object);
    other.target.put(SHOP, toNamespace("shop", { labels: MARK }));
    const rule = toRule();
    const settings = { name: "settings", uid: "uid-settings" };
    await other.deliver(other.start([rule]), rule.id, settings, true);
    expect(other.records.list()).toEqual([]);
    expect(other.target.writes()).toEqual([]);
  });

  it("no copy is deleted", async () => {
    const world = await createWorld(true);
    const other = createTransferCase();
    for (const [path, object] of world.target.objects) other.target.objects.set(path, object);
    other.target.put(SHOP, toNamespace("shop", { labels: MARK }));
    await run(other);
    expect(other.target.writes()).toEqual([]);
  });

  it("nothing is asked more than once for all objects of a namespace", async () => {
    const world = await createWorld(false);
    await run(world);
    change(world.source, { data: { a: "2" } });
    await run(world);
    const asked = world.target.requests.filter((line) => line === `GET ${SHOP}`);
    expect(asked).toHaveLength(1);
  });
});
