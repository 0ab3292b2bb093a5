import { expect, it } from "vitest";
import type { MirrorStatus } from "../../../events/mirrors/mirror.ts";
import { isComparisonDue } from "../../../core/mirror/state/comparison.ts";
import { createMirrorStates } from "../../../functions/transfer/mirror-states.ts";
import { SOURCE_CLUSTER } from "../../support/mirror/mirror-case.ts";
import { toMirrorRule } from "../../support/mirror/mirror-world.ts";
import { createTransferCase, toConfigMap, toPath } from "../../support/mirror/transfer-case.ts";
import { deliver, toCompareMessage } from "../../support/mirror/transfer-message.ts";

const STARTED = "2026-11-30T12:00:00.000Z";
const RULE = toMirrorRule("m", { on: { resource: "configmaps", namespaces: ["shop"] } });
const OTHER = toMirrorRule("other", { on: { resource: "configmaps", namespaces: ["shop"] } });

/** States of mirrors of which this one is stored. */
function createStates(stored: MirrorStatus | undefined) {
  let status = stored;
  const states = createMirrorStates({
    mirrors: {
      read: async () => status,
      list: async () => [],
      change: async (_spec, decide) => {
        const decided = decide(status, undefined);
        if (decided.outcome === "write") ({ status } = decided);
        return decided.answer;
      },
    },
    guards: { read: async () => ({ all: undefined, own: undefined }) },
    now: () => Date.parse(STARTED),
  });
  return { states, read: () => status };
}

const COMPARE = toCompareMessage({ clusterUid: SOURCE_CLUSTER.uid }, "m", STARTED);

it("a mirror that no rule keeps is Obsolete, and its records have ended", async () => {
  const world = createTransferCase();
  world.source.put(toPath("settings"), toConfigMap("settings"));
  world.target.put(toPath("settings"), toConfigMap("settings", { metadata: { uid: "theirs" } }));
  const { states, read } = createStates({ state: "Behind", since: STARTED, reason: "no answer" });
  await world.deliver(world.start([RULE]), "m", { name: "settings", uid: "uid-settings" });
  expect(world.records.statusOf("settings")?.phase).toBe("Failed");
  await deliver(world.start([OTHER], { states }), COMPARE);
  expect(world.records.statusOf("settings")?.phase).toBe("Succeeded");
  expect(read()).toMatchObject({ state: "Obsolete", since: STARTED });
  const due = { digest: "d", compareEveryMs: 3_600_000, isPaused: false, nowMs: 0 };
  expect(isComparisonDue(read(), due)).toBe(true);
});

it("a mirror is not made by a message about a rule that is not there", async () => {
  const { states, read } = createStates(undefined);
  await deliver(createTransferCase().start([OTHER], { states }), COMPARE);
  expect(read()).toBeUndefined();
});
