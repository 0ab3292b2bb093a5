import { openJournal } from "../../../adapters/journal/open-journal.ts";

/** Commits one row, stages another, reports that, and waits to be killed. */
const journal = openJournal({ stateDir: process.argv[2] ?? "", clusterUid: "cluster" });
const identity = { namespace: "", generation: null, standing: "delivered" } as const;
journal.raiseEpoch();
journal.stageRow("w", { uid: "committed", resourceVersion: "1", name: "a", ...identity });
journal.commit();
journal.stageRow("w", { uid: "staged", resourceVersion: "2", name: "b", ...identity });
journal.stageCheckpoint("w", { resourceVersion: "2", selection: "s" });
process.stdout.write("ready\n");
setInterval(() => journal.listByName("w", "", "b"), 1_000);
