import { describe, expect, it } from "vitest";
import type { MirrorStatus } from "../../../events/mirrors/mirror.ts";
import type { MirrorStore } from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import { KubemendError } from "../../../core/errors.ts";
import { createMirrorStates } from "../../../functions/transfer/mirror-states.ts";
import { toMirrorRule } from "../../support/mirror/mirror-world.ts";
import {
  createTransferCase,
  toConfigMap,
  toPath,
  type TransferCase,
} from "../../support/mirror/transfer-case.ts";
import type { Delivered } from "../../support/mirror/transfer-message.ts";

const RULE = toMirrorRule("mirror-shop", { on: { resource: "configmaps", namespaces: ["shop"] } });
const AWAY = new KubemendError("Timeout", "no answer", { retryable: true });
const MESSAGES = ["a", "b", "c", "d"];

/** States of mirrors of which this one is stored. */
function createStates(stored: MirrorStatus | undefined) {
  let status = stored;
  const mirrors: MirrorStore = {
    read: async () => status,
    list: async () => [],
    change: async (_spec, decide) => {
      const decided = decide(status, undefined);
      if (decided.outcome === "write") ({ status } = decided);
      return decided.answer;
    },
  };
  const guards = { read: async () => ({ all: undefined, own: undefined }) };
  const states = createMirrorStates({
    mirrors,
    guards,
    now: () => Date.now(),
  });
  return { states, read: () => status };
}

const toStatus = (unreachableSince?: string): MirrorStatus => ({
  state: "InSync",
  since: "2026-03-01T10:00:00.000Z",
  ...(unreachableSince === undefined ? {} : { unreachableSince }),
});

/** Messages about four objects that a process gets at once. */
function deliverAll(world: TransferCase, states: ReturnType<typeof createStates>["states"]) {
  for (const name of MESSAGES) world.source.put(toPath(name), toConfigMap(name));
  const process = world.start([RULE], { states });
  return MESSAGES.map((name) => world.deliver(process, RULE.id, { name, uid: `uid-${name}` }));
}

describe("while a target is known to be away", () => {
  const since = new Date(Date.now() - 60_000).toISOString();

  it("one message asks whether it is back, and the others are returned without waiting for that", async () => {
    const world = createTransferCase();
    const answer = Promise.withResolvers<never>();
    world.target.before = () => answer.promise;
    const returned: Delivered[] = [];
    const { states } = createStates(toStatus(since));
    const all = deliverAll(world, states).map(async (one) => void returned.push(await one));
    await Promise.race(all);
    await expect.poll(() => returned.length).toBe(MESSAGES.length - 1);
    expect(world.target.requests).toEqual(["GET /api/v1/namespaces/kube-system"]);
    answer.reject(AWAY);
    await Promise.all(all);
    expect(returned.map(({ verdict }) => verdict.outcome)).toEqual(MESSAGES.map(() => "retry"));
    expect(world.target.requests).toHaveLength(1);
  });

  it("a message copies its object as soon as it is back", async () => {
    const world = createTransferCase();
    const { states, read } = createStates(toStatus(since));
    const verdicts = await Promise.all(deliverAll(world, states));
    expect(verdicts.map(({ verdict }) => verdict.outcome)).toContain("done");
    expect(read()?.unreachableSince).toBeUndefined();
  });
});

describe("while a target is not known to be away", () => {
  it("nobody asks it before each copy", async () => {
    const world = createTransferCase();
    const { states } = createStates(toStatus());
    await Promise.all(deliverAll(world, states));
    expect(world.target.requests).not.toContain("GET /api/v1/namespaces/kube-system");
    expect(world.target.writes()).toHaveLength(MESSAGES.length);
  });
});

describe("while every write of a target fails, and reads are answered", () => {
  const REFUSED = new KubemendError("Unavailable", "failed calling webhook", {
    retryable: true,
    status: 500,
  });
  const toUnwritable = (minutes: number): MirrorStatus => ({
    ...toStatus(),
    unwritableSince: new Date(Date.now() - minutes * 60_000).toISOString(),
    unwritableObject: "shop/other",
  });
  const refuseWrites = (world: TransferCase): void => {
    world.target.before = ({ method }) => {
      if (method !== "GET") throw REFUSED;
    };
  };

  it("changes are tried again for five minutes, and acknowledged afterwards", async () => {
    for (const [minutes, outcome] of [
      [4, "retry"],
      [6, "done"],
    ] as const) {
      const world = createTransferCase();
      refuseWrites(world);
      const { states, read } = createStates(toUnwritable(minutes));
      const verdicts = await Promise.all(deliverAll(world, states));
      expect(verdicts.map(({ verdict }) => verdict.outcome)).toEqual(MESSAGES.map(() => outcome));
      expect(read()?.state).toBe(outcome === "done" ? "Behind" : "InSync");
    }
  });

  it("a write that succeeds ends that", async () => {
    const world = createTransferCase();
    const { states, read } = createStates(toUnwritable(6));
    await Promise.all(deliverAll(world, states));
    expect(read()).toEqual(toStatus());
  });

  it("an object of which writes fail alone is a record after 15 minutes", async () => {
    const world = createTransferCase();
    refuseWrites(world);
    world.source.put(toPath("a"), toConfigMap("a"));
    const { states } = createStates(toStatus());
    const process = world.start([RULE], { states, now: () => Date.now() + 16 * 60_000 });
    const { verdict } = await world.deliver(process, RULE.id, { name: "a", uid: "uid-a" });
    expect(verdict.outcome).toBe("done");
    expect(world.records.list()).toEqual(["a Failed Unavailable"]);
  });
});
