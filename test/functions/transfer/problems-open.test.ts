import { describe, expect, it } from "vitest";
import type { ListSelection } from "../../../adapters/kubernetes/api/list-pages.ts";
import { KubemendError } from "../../../core/errors.ts";
import { toProblemKey } from "../../../functions/transfer/problem-record.ts";
import { createOpenProblems } from "../../../functions/transfer/problems-open.ts";

const { signal } = new AbortController();

type Phase = "Failed" | "Succeeded";

function toRecord(rule: string, name: string, phase: Phase) {
  const trigger = { namespace: "shop", name };
  const spec = { onceKey: "mirror/backup", trigger, rule: { id: rule } };
  return { metadata: { name: `record-${name}` }, spec, status: { phase } };
}

const toKey = (name: string): string =>
  toProblemKey(toRecord("", name, "Failed").spec as unknown as Parameters<typeof toProblemKey>[0]);

/** Records of an API server that answers when `release` is called, or refuses what a test says. */
function createCase(refuse: (selection: ListSelection) => void = () => undefined) {
  const records = [toRecord("a", "broken", "Failed"), toRecord("a", "mended", "Succeeded")];
  const asked: ListSelection[] = [];
  const gate = Promise.withResolvers<void>();
  let atOnce = 0;
  let atOnceMost = 0;
  let nowMs = 0;
  const open = createOpenProblems({
    now: () => nowMs,
    async *pages(selection) {
      asked.push(selection);
      refuse(selection);
      atOnce += 1;
      atOnceMost = Math.max(atOnceMost, atOnce);
      await gate.promise;
      atOnce -= 1;
      yield { records, unreadable: [] } as never;
    },
  });
  return {
    open,
    asked,
    release: () => gate.resolve(),
    most: () => atOnceMost,
    pass: (ms: number) => void (nowMs += ms),
  };
}

describe("the open records of a rule", () => {
  it("are listed once for all who ask at once, and again after a while", async () => {
    const { open, asked, release, pass } = createCase();
    const asking = ["broken", "mended", "other"].map((name) => open.find("a", toKey(name), signal));
    release();
    expect(await Promise.all(asking)).toEqual([["record-broken"], [], []]);
    await open.find("a", toKey("broken"), signal);
    expect(asked).toHaveLength(1);
    pass(30_000);
    await open.find("a", toKey("broken"), signal);
    expect(asked).toHaveLength(2);
  });

  it("are listed one rule after the other", async () => {
    const { open, asked, release, most } = createCase();
    const asking = ["a", "b", "c"].map((rule) => open.find(rule, toKey("broken"), signal));
    release();
    await Promise.all(asking);
    expect({ asked: asked.length, most: most() }).toEqual({ asked: 3, most: 1 });
  });

  it("are selected by the API server, and by this function if that cannot select them", async () => {
    const { open, asked, release } = createCase(({ fieldSelector }) => {
      if (fieldSelector === undefined) return;
      throw new KubemendError("Invalid", "field label not supported", { retryable: false });
    });
    release();
    expect(await open.find("a", toKey("broken"), signal)).toEqual(["record-broken"]);
    await open.find("b", toKey("broken"), signal);
    const labels = ["a", "b"].map((rule) => ({ labelSelector: `kubemend.dev/rule=${rule}` }));
    const selected = { ...labels[0], fieldSelector: "status.phase!=Succeeded" };
    expect(asked).toEqual([selected, ...labels]);
  });

  it("include those that were opened while they were listed", async () => {
    const { open, release } = createCase();
    const asking = open.find("a", toKey("broken"), signal);
    open.add("a", toKey("new"), "record-new");
    release();
    await asking;
    expect(await open.find("a", toKey("new"), signal)).toEqual(["record-new"]);
  });

  it("are listed again after a failure, for other rules, too", async () => {
    let fails = true;
    const { open, release } = createCase(() => {
      if (fails) throw new KubemendError("Unavailable", "busy", { retryable: true });
    });
    release();
    await expect(open.find("a", toKey("broken"), signal)).rejects.toThrow("busy");
    fails = false;
    expect(await open.find("b", toKey("broken"), signal)).toEqual(["record-broken"]);
    expect(await open.find("a", toKey("broken"), signal)).toEqual(["record-broken"]);
  });
});
