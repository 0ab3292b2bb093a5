import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { toDigest, type LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";
import { WatchHandover } from "../../../relay/handover/watch-handover.ts";
import { WatchStart } from "../../../relay/delivery/watch-start.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { CONFIG_MAPS } from "../../support/relay/change.ts";
import { openTestJournal } from "../../support/relay/relay-delivery.ts";

const KEY = "configmaps-0123456789ab";
const NEVER = new AbortController().signal;
const RULE = { key: "rule", ruleId: "rule" };
const COMPARE = { type: "snapshot", cause: "start", replace: false };
const REPLACE = { ...COMPARE, replace: true };

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  journal = openTestJournal(folder.path);
});

afterEach(() => {
  journal.close();
  folder[Symbol.dispose]();
});

type Found = {
  /** The Lease's checkpoint of the watch. */
  readonly lease?: Partial<LeaseCheckpoint>;
  readonly leads?: boolean;
  readonly isUnseen?: boolean;
};

function createStart(part: Partial<TrackedWatch> = {}, found: Found = {}): WatchStart {
  const watch: TrackedWatch = {
    key: KEY,
    resource: CONFIG_MAPS,
    selection: "s",
    initial: [],
    ...part,
  };
  const { lease, leads = true, isUnseen = false } = found;
  const checkpoint: LeaseCheckpoint | undefined = lease && {
    resourceVersion: "10",
    selection: toDigest(watch.selection),
    initial: [],
    history: 0,
    namespaces: "",
    sent: [],
    ...lease,
  };
  const handover = new WatchHandover({
    journal,
    leadership: {
      term: () => (leads ? { ended: NEVER, expired: NEVER } : undefined),
      checkpoint: () => checkpoint,
      predecessorCheckpoint: () => checkpoint,
    },
    watch,
    predecessor: { pending: () => undefined },
    uncheckpointedAdds: new UncheckpointedAdds(),
  });
  return new WatchStart({ journal, watch, handover, predecessor: { isUnseen: () => isUnseen } });
}

const reach = (resourceVersion: string, selection = "s"): void =>
  journal.stageCheckpoint(KEY, { resourceVersion, selection });

describe("a watch of which nothing was ever reported", () => {
  it("is read from a snapshot, which is its first one", () => {
    const start = createStart();
    expect(start.isFirst()).toBe(true);
    expect(start.plan()).toEqual(COMPARE);
    start.snapshotEnded();
    expect(start.isFirst()).toBe(false);
  });

  it("is replaced by a leader whose journal was lost, because the Lease has a checkpoint", () => {
    const start = createStart({}, { lease: {} });
    expect(start.isFirst()).toBe(false);
    expect(start.plan()).toEqual(REPLACE);
  });

  it("is compared by a standby whose journal was lost", () => {
    expect(createStart({}, { lease: {}, leads: false }).plan()).toEqual(COMPARE);
  });
});

describe("a watch with a checkpoint", () => {
  it("resumes there", () => {
    reach("20");
    const start = createStart();
    expect(start.isFirst()).toBe(false);
    expect(start.plan()).toEqual({ type: "resume", position: "20" });
  });

  it.each<readonly [string, Partial<TrackedWatch>, Found]>([
    ["of another selection", { selection: "another" }, {}],
    ["whose namespaces are selected by label", { byNamespace: true }, {}],
    ["whose resourceVersions have no order", { unordered: true }, {}],
    ["of whose previous leader something is unseen", {}, { isUnseen: true }],
  ])("is compared if it is one %s", (_what, watch, found) => {
    reach("20");
    expect(createStart(watch, found).plan()).toEqual(COMPARE);
  });

  it("is compared if that has no place", () => {
    reach("");
    const start = createStart();
    expect(start.isFirst()).toBe(false);
    expect(start.plan()).toEqual(COMPARE);
  });

  it("is replaced if the leader has begun a newer history, or this relay doubts its own", () => {
    reach("20");
    expect(createStart({}, { lease: { history: 3 } }).plan()).toEqual(REPLACE);
    journal.stageNote(`replacing ${KEY}`, "unnamed");
    expect(createStart().plan()).toEqual(REPLACE);
  });
});

describe("a rule that wants the initial objects", () => {
  it("causes a snapshot, and has them when that has ended", () => {
    reach("20");
    const start = createStart({ initial: [RULE] });
    expect(start.plan()).toEqual({ ...COMPARE, cause: "initial" });
    expect(start.missingInitial()).toEqual([RULE]);
    start.snapshotEnded();
    expect(start.missingInitial()).toEqual([]);
  });

  it("causes none if it has them, by this relay or by the previous leader, which is remembered", () => {
    reach("20");
    const other = { key: "other", ruleId: "other" };
    journal.stageInitialRules(KEY, ["rule"]);
    const lease = { initial: [toDigest("other")] };
    const start = createStart({ initial: [RULE, other] }, { lease });
    expect(start.missingInitial()).toEqual([]);
    expect(start.plan()).toEqual({ type: "resume", position: "20" });
    expect(journal.initialRules(KEY).toSorted()).toEqual(["other", "rule"]);
  });

  it("is nothing for a standby, until it leads", () => {
    reach("20");
    const start = createStart({ initial: [RULE] }, { leads: false });
    expect(start.missingInitial()).toEqual([]);
    expect(start.plan()).toEqual({ type: "resume", position: "20" });
    expect(start.readMissingInitial()).toEqual([RULE]);
  });
});

it("a standby knows where to begin if its journal or the Lease has a checkpoint; a leader always does", () => {
  expect(createStart({}, { leads: false }).isKnown()).toBe(false);
  expect(createStart().isKnown()).toBe(true);
  expect(createStart({}, { leads: false, lease: {} }).isKnown()).toBe(true);
  reach("");
  expect(createStart({}, { leads: false }).isKnown()).toBe(true);
});
