/**
 * References resolved per second, and bytes allocated for each, on the corpus: `npx node test/bench/references.ts`. CPU time of one
 * core, not wall time. Catalogs are created in advance, as discovery is read in advance; each case has its own.
 */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { resolveReference } from "../../core/references/resolve.ts";
import { toCatalog, type Served } from "../core/references/served.ts";

const ROUND_MS = 1_500;
const ROUNDS = 3;
/** Few enough that their allocations fit into the young generation, so that nothing is collected during the count. */
const COUNTED_RUNS = 10;

type Case = {
  readonly carrier: unknown;
  readonly field: string;
  readonly reference: unknown;
  readonly served: Served;
};

const path = new URL("../core/references/data/corpus.json", import.meta.url);
const corpus = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];
const cases = corpus.map((one) => ({ one, catalog: toCatalog(one.served, "discovery") }));

/** Returns how many references it resolved or refused. */
function run(): number {
  for (const { one, catalog } of cases) resolveReference(one, catalog);
  return cases.length;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The best of the rounds. */
function measureRate(): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    let count = 0;
    let usedMs = 0;
    while (usedMs < ROUND_MS) {
      for (let index = 0; index < 20; index += 1) count += run();
      const { user, system } = process.cpuUsage(start);
      usedMs = (user + system) / 1000;
    }
    best = Math.max(best, (count * 1000) / usedMs);
  }
  return best;
}

/** The least of the rounds: a round is wrong if a collection or the compiler ran in between. */
function measureBytes(): number {
  const measured = Array.from({ length: 20 }, () => {
    collect();
    const before = process.memoryUsage().heapUsed;
    let count = 0;
    for (let index = 0; index < COUNTED_RUNS; index += 1) count += run();
    return (process.memoryUsage().heapUsed - before) / count;
  });
  return Math.min(...measured.filter((bytes) => bytes > 0));
}

const perSecond = Math.round(measureRate()).toLocaleString("en");
const bytes = Math.round(measureBytes()).toLocaleString("en");
console.log(`${perSecond} references/s on one core, ${bytes} bytes allocated for each`);
