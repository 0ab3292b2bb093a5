import { createFakeLeadership, leaseCheckpoint } from "../../support/relay/relay-leadership.ts";
import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { toDigest } from "../../../relay/handover/annotations.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  SILENT,
  summarizeMessage,
} from "../../support/relay/followed-watch.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** The API server: one object, and a change of it that comes after a resume. */
const { client } = createScriptedClient(({ query }) => {
  if (query["watch"] !== true) return { body: list("30", []) };
  const isSnapshot = query["sendInitialEvents"] === true;
  const lines = isSnapshot
    ? [event("ADDED", configMap("a", "5")), bookmark("10", true)]
    : [event("ADDED", configMap("b", "11"))];
  return { lines, stayOpen: true };
});

/** A journal that has delivered `a`. */
async function createDelivered(path: string) {
  const journal = openJournal({ stateDir: path, clusterUid: "c" });
  const enough = (messages: readonly unknown[]): boolean => messages.length === 1;
  await runRelayUntil({ client, journal, watches: [plannedWatch()], enough });
  return journal;
}

it("publishes what it read as a standby with the epoch of the takeover", async () => {
  using folder = temporaryFolder();
  const journal = await createDelivered(folder.path);
  const { leadership, lead } = createFakeLeadership({
    raiseEpoch: () => void journal.raiseEpoch(40),
  });
  const step = (_watch: unknown, { type }: { readonly type: string }): void => {
    if (type === "changed") lead();
  };
  const messages = await runRelayUntil({
    client,
    journal,
    watches: [plannedWatch()],
    enough: (sent) => sent.length === 1,
    deps: { leadership, report: { ...SILENT, step } },
  });
  expect(messages.map(summarizeMessage)).toEqual(["added b@11"]);
  expect(messages.map(({ data }) => data.epoch)).toEqual([41]);
  journal.close();
});

it("restarts and replaces every row if the Lease shows an etcd rollback at the takeover", async () => {
  using folder = temporaryFolder();
  const journal = await createDelivered(folder.path);
  const { leadership, lead } = createFakeLeadership({
    raiseEpoch: () => void journal.raiseEpoch(),
  });
  const step = (_watch: unknown, { type }: { readonly type: string }): void => {
    if (type === "resumed") lead(true);
  };
  const live = (count: number) =>
    runRelayUntil({
      client,
      journal,
      watches: [plannedWatch()],
      enough: (sent) => sent.length === count,
      deps: { leadership, report: { ...SILENT, step } },
    });
  // The first run ends by itself.
  expect((await live(1)).map(summarizeMessage)).toEqual([]);
  const again = await live(1);
  expect(again.map(summarizeMessage)).toEqual(["modified a@5"]);
  expect(again[0]?.data.gap).toBe(true);
  journal.close();
});

/** Takes over from a leader whose checkpoint was 10 and that had sent `x` beyond it; its own stream begins at 20. */
async function takeOverLate(path: string, answerOfThen: () => ScriptedAnswer) {
  const asked: ScriptedRequest["query"][] = [];
  const scripted = createScriptedClient(({ query }) => {
    if (query["watch"] === true) {
      const lines = [event("ADDED", configMap("a", "5")), bookmark("20", true)];
      return { lines, stayOpen: true };
    }
    if (query["resourceVersionMatch"] === undefined) return { body: list("20", []) };
    asked.push(query);
    return answerOfThen();
  });
  const journal = openJournal({ stateDir: path, clusterUid: "c" });
  const sent = [{ namespace: "default", name: "x", uid: "uid-x", resourceVersion: "11" }];
  const { leadership, lead } = createFakeLeadership({
    raiseEpoch: () => void journal.raiseEpoch(),
    checkpoint: leaseCheckpoint("10", {
      selection: toDigest(plannedWatch().tracked.selection),
      initial: [toDigest("watch")],
      sent,
    }),
  });
  const gaps: string[] = [];
  const live = (count: number) =>
    runRelayUntil({
      client: scripted.client,
      journal,
      watches: [plannedWatch()],
      enough: (sent) => sent.length === count,
      deps: {
        leadership,
        report: {
          ...SILENT,
          step: (_watch, { type }) => void (type === "snapshotEnded" && lead()),
          handoverGap: (watch) => void gaps.push(watch.name),
        },
      },
    });
  return { journal, asked, gaps, live };
}

it("lists the objects at the previous leader's checkpoint if its own stream began later", async () => {
  using folder = temporaryFolder();
  const page = list("10", [configMap("a", "5"), configMap("y", "9")]);
  const { journal, asked, live } = await takeOverLate(folder.path, () => ({ body: page }));
  expect(await live(1)).toEqual([]);
  expect((await live(2)).map(summarizeMessage)).toEqual(["deleted x@20", "deleted y@20"]);
  expect(asked).toMatchObject([{ resourceVersion: "10", resourceVersionMatch: "Exact" }]);
  journal.close();
});

it("reports a handover gap if the history does not reach back that far, and reports what the Lease names", async () => {
  using folder = temporaryFolder();
  const compacted = { status: 410, body: { kind: "Status", code: 410, reason: "Expired" } };
  const { journal, gaps, live } = await takeOverLate(folder.path, () => compacted);
  expect(await live(1)).toEqual([]);
  expect((await live(1)).map(summarizeMessage)).toEqual(["deleted x@20"]);
  expect(gaps).toEqual(["configmaps"]);
  journal.close();
});

/**
 * This relay led, and delivered a@12 and the deletion of x@13. Then another one led from further back, published no more than a
 * checkpoint of 8, and may have sent a@5 and x@6 again before it ended.
 */
async function leadAgain(path: string, resumed: readonly object[] = []) {
  let isChanged = false;
  const asked: ScriptedRequest["query"][] = [];
  const scripted = createScriptedClient(({ query }) => {
    if (query["watch"] === true) {
      if (query["sendInitialEvents"] !== true) return { lines: resumed, stayOpen: true };
      const states = isChanged
        ? [event("ADDED", configMap("a", "12")), bookmark("20", true)]
        : [
            event("ADDED", configMap("a", "5")),
            event("ADDED", configMap("x", "6")),
            bookmark("10", true),
            event("MODIFIED", configMap("a", "12")),
            event("DELETED", configMap("x", "13")),
          ];
      return { lines: states, stayOpen: true };
    }
    if (query["resourceVersionMatch"] === undefined) return { body: list("20", []) };
    asked.push(query);
    return { body: list("8", [configMap("a", "5"), configMap("x", "6")]) };
  });
  const journal = openJournal({ stateDir: path, clusterUid: "c" });
  const { leadership, lead, loseTerm, setCheckpoint } = createFakeLeadership({
    raiseEpoch: () => void journal.raiseEpoch(),
  });
  const live = (count: number) =>
    runRelayUntil({
      client: scripted.client,
      journal,
      watches: [plannedWatch()],
      enough: (sent) => sent.length === count,
      deps: {
        leadership,
        report: { ...SILENT, step: (_watch, { type }) => void (type === "resumed" && lead()) },
      },
    });
  const followAnother = (checkpoint: string): void => {
    loseTerm();
    isChanged = true;
    const selection = toDigest(plannedWatch().tracked.selection);
    setCheckpoint(checkpoint, { selection, initial: [toDigest("watch")] });
  };
  lead();
  const first = await live(4);
  return { journal, asked, live, followAnother, first };
}

it("sends last states and deletions again if another relay that was behind has led meanwhile", async () => {
  using folder = temporaryFolder();
  const { journal, asked, live, followAnother, first } = await leadAgain(folder.path);
  expect(first.map(summarizeMessage).toSorted()).toContain("deleted x@13");
  followAnother("8");
  // The first run ends by itself: what it read as a standby is not enough.
  expect(await live(1)).toEqual([]);
  const again = (await live(2)).map(summarizeMessage);
  expect(again.toSorted()).toEqual(["added a@12", "deleted x@20"]);
  expect(asked).toMatchObject([{ resourceVersion: "8", resourceVersionMatch: "Exact" }]);
  journal.close();
});

it("sends nothing again if the other relay has published all that this one had delivered", async () => {
  using folder = temporaryFolder();
  const later = [event("MODIFIED", configMap("a", "14"))];
  const { journal, live, followAnother } = await leadAgain(folder.path, later);
  followAnother("13");
  expect((await live(1)).map(summarizeMessage)).toEqual(["modified a@14"]);
  journal.close();
});
