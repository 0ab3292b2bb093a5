import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { toDigest, type LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import { Predecessor } from "../../../relay/handover/predecessor.ts";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";
import { WatchHandover } from "../../../relay/handover/watch-handover.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { CONFIG_MAPS } from "../../support/relay/change.ts";
import { openTestJournal } from "../../support/relay/relay-delivery.ts";

const KEY = "configmaps-0123456789ab";
const WATCH: TrackedWatch = { key: KEY, resource: CONFIG_MAPS, selection: "s", initial: [] };
const NEVER = new AbortController().signal;
const TERM = { ended: NEVER, expired: NEVER };

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

const add = (uid: string, resourceVersion: string) => ({
  namespace: "default",
  name: `name-${uid}`,
  uid,
  resourceVersion,
});

const toCheckpoint = (part: Partial<LeaseCheckpoint> = {}): LeaseCheckpoint => ({
  resourceVersion: "10",
  selection: toDigest("s"),
  initial: [],
  history: 0,
  namespaces: "",
  sent: [],
  ...part,
});

/** The watch of one relay, and what it finds in the Lease. */
function createScene() {
  const lease = {
    leads: false,
    checkpoint: undefined as LeaseCheckpoint | undefined,
    predecessor: undefined as LeaseCheckpoint | undefined,
  };
  const uncheckpointedAdds = new UncheckpointedAdds();
  const predecessor = new Predecessor(journal, KEY);
  const open = (): WatchHandover =>
    new WatchHandover({
      journal,
      leadership: {
        term: () => (lease.leads ? TERM : undefined),
        checkpoint: (watch) => (watch === KEY ? lease.checkpoint : undefined),
        predecessorCheckpoint: (watch) => (watch === KEY ? lease.predecessor : undefined),
      },
      watch: WATCH,
      predecessor,
      uncheckpointedAdds,
    });
  return { lease, uncheckpointedAdds, predecessor, open, handover: open() };
}

const change = (resourceVersion: string, namespacesAt?: string) => ({
  resourceVersion,
  ...(namespacesAt === undefined
    ? {}
    : { namespaceState: { resourceVersion: namespacesAt } as never }),
});

describe("a change counts as sent by the leader", () => {
  it("up to the leader's checkpoint, and not beyond it", () => {
    const { handover, lease } = createScene();
    expect(handover.covers(change("9"))).toBe(false);
    lease.checkpoint = toCheckpoint();
    const covered = ["9", "10", "11"].map((version) => handover.covers(change(version)));
    expect(covered).toEqual([true, true, false]);
  });

  it("by a checkpoint of the same selection only", () => {
    const { handover, lease } = createScene();
    lease.checkpoint = toCheckpoint({ selection: toDigest("another") });
    lease.predecessor = lease.checkpoint;
    expect(handover.covers(change("9"))).toBe(false);
    expect(handover.predecessorCheckpoint()).toBeUndefined();
    lease.predecessor = toCheckpoint();
    expect(handover.predecessorCheckpoint()).toEqual(toCheckpoint());
  });

  it("if it came of a namespace, only if the leader has processed that, too", () => {
    const { handover, lease } = createScene();
    lease.checkpoint = toCheckpoint({ namespaces: "50" });
    const covered = ["49", "50", "51"].map((at) => handover.covers(change("9", at)));
    expect(covered).toEqual([true, true, false]);
  });

  it("within one history only", () => {
    const { handover, lease } = createScene();
    lease.checkpoint = toCheckpoint({ history: 3 });
    expect(handover.covers(change("9"))).toBe(false);
  });
});

describe("after an etcd rollback", () => {
  it("a standby trusts no checkpoint until the leader publishes a newer history, and follows it there", () => {
    const { handover, lease } = createScene();
    lease.checkpoint = toCheckpoint();
    handover.replace(true);
    expect(handover.isReplacing()).toBe(true);
    expect(handover.covers(change("9"))).toBe(false);
    expect(handover.keepUp()).toBe(true);
    lease.checkpoint = toCheckpoint({ history: 3 });
    expect(handover.isBehind()).toBe(true);
    expect(handover.keepUp()).toBe(true);
    expect(handover.isBehind()).toBe(false);
    expect(handover.covers(change("9"))).toBe(true);
  });

  it("a standby that has not seen it must restart when the leader publishes a newer history", () => {
    const { handover, lease } = createScene();
    expect(handover.keepUp()).toBe(true);
    lease.checkpoint = toCheckpoint({ history: 3 });
    expect(handover.keepUp()).toBe(false);
    handover.replace(false);
    expect(handover.isBehind()).toBe(false);
    expect(handover.keepUp()).toBe(true);
  });

  it("the leader begins a history with the number of its epoch, which ends with the snapshot and survives a restart", () => {
    const { handover, lease, open } = createScene();
    lease.leads = true;
    const epoch = journal.raiseEpoch();
    journal.stageCheckpoint(KEY, { resourceVersion: "20", selection: "s" });
    handover.replace(true);
    expect(handover.toCheckpoint()).toMatchObject({ history: epoch, resourceVersion: "20" });
    expect(open().isReplacing()).toBe(true);
    handover.replaced();
    expect(handover.isReplacing()).toBe(false);
    expect(open().toCheckpoint()?.history).toBe(epoch);
  });

  it("a leader that the Lease shows one publishes no place until it has a new history", () => {
    const { handover, lease } = createScene();
    lease.leads = true;
    journal.stageCheckpoint(KEY, { resourceVersion: "20", selection: "s" });
    handover.doubt();
    expect(handover.toCheckpoint()).toMatchObject({ resourceVersion: "", history: 0 });
    const epoch = journal.raiseEpoch();
    handover.replace(false);
    expect(handover.toCheckpoint()).toMatchObject({ resourceVersion: "20", history: epoch });
  });

  it("a standby that doubts its rows trusts no checkpoint because they are read again, either", () => {
    const { handover, lease } = createScene();
    lease.checkpoint = toCheckpoint();
    handover.doubt();
    handover.replace(false);
    expect(handover.isReplacing()).toBe(true);
    expect(handover.covers(change("9"))).toBe(false);
  });

  it("rows that are replaced for another reason stay in their history", () => {
    const { handover, lease } = createScene();
    lease.leads = true;
    journal.raiseEpoch();
    journal.stageCheckpoint(KEY, { resourceVersion: "20", selection: "s" });
    handover.replace(false);
    expect(handover.isReplacing()).toBe(true);
    expect(handover.toCheckpoint()).toMatchObject({ resourceVersion: "20", history: 0 });
  });
});

describe("another relay has overtaken this one", () => {
  it("if its checkpoint is before what this relay has delivered, in the same history", () => {
    const { handover, open } = createScene();
    expect(handover.isOvertaken(toCheckpoint())).toBe(false);
    handover.delivered("12");
    handover.delivered("11");
    for (const one of [handover, open()]) {
      const overtaken = ["11", "12", "13", ""].map((resourceVersion) =>
        one.isOvertaken(toCheckpoint({ resourceVersion })),
      );
      expect(overtaken).toEqual([true, false, false, false]);
      expect(one.isOvertaken(toCheckpoint({ history: 1 }))).toBe(false);
    }
  });

  it("as far as this relay has delivered in its present history", () => {
    const { handover, lease } = createScene();
    handover.delivered("500");
    lease.checkpoint = toCheckpoint({ history: 3 });
    handover.replace(false);
    handover.delivered("12");
    expect(handover.isOvertaken(toCheckpoint({ history: 3, resourceVersion: "11" }))).toBe(true);
    expect(handover.isOvertaken(toCheckpoint({ history: 3, resourceVersion: "12" }))).toBe(false);
  });
});

describe("what a leader publishes of a watch", () => {
  it("is its place, what is watched, who has the initial objects, and what was sent beyond the place", () => {
    const { handover, uncheckpointedAdds } = createScene();
    journal.stageCheckpoint(KEY, { resourceVersion: "20", selection: "s" });
    journal.stageInitialRules(KEY, ["rule"]);
    handover.namespacesAccepted("30");
    uncheckpointedAdds.register(KEY, add("below", "20"));
    uncheckpointedAdds.register(KEY, add("beyond", "21"));
    expect(handover.toCheckpoint()).toEqual({
      resourceVersion: "20",
      selection: toDigest("s"),
      initial: [toDigest("rule")],
      history: 0,
      namespaces: "30",
      sent: [add("beyond", "21")],
    });
  });

  it("stays what the Lease has if the journal was lost, with what was sent since", () => {
    const { handover, lease, uncheckpointedAdds } = createScene();
    expect(handover.toCheckpoint()).toBeUndefined();
    lease.checkpoint = toCheckpoint({ sent: [add("a", "12")], selection: toDigest("another") });
    uncheckpointedAdds.register(KEY, add("b", "13"));
    expect(handover.toCheckpoint()).toEqual({
      ...lease.checkpoint,
      sent: [add("a", "12"), add("b", "13")],
    });
  });

  it("keeps the previous leader's place while deletions of its objects are pending, if it is of the same history", () => {
    const { handover, predecessor, uncheckpointedAdds } = createScene();
    journal.stageCheckpoint(KEY, { resourceVersion: "20", selection: "s" });
    predecessor.begin(toCheckpoint({ sent: [add("a", "12")] }), {
      since: "15",
      isOvertaken: false,
    });
    uncheckpointedAdds.register(KEY, add("b", "15"));
    const sent = [add("a", "12"), add("b", "15")];
    expect(handover.toCheckpoint()).toMatchObject({ resourceVersion: "10", sent });

    predecessor.begin(toCheckpoint({ history: 7 }), { since: "15", isOvertaken: false });
    expect(handover.toCheckpoint()).toMatchObject({ resourceVersion: "20", sent: [] });
  });
});

it("a rule has received the initial objects if the leader says so", () => {
  const { handover, lease } = createScene();
  expect(handover.hasInitial("rule")).toBe(false);
  lease.checkpoint = toCheckpoint({ initial: [toDigest("rule")] });
  expect([handover.hasInitial("rule"), handover.hasInitial("other")]).toEqual([true, false]);
});
