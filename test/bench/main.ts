import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createScratchFolder } from "../chaos/world/scratch-folder.ts";
import { admission } from "./admission.ts";
import { alerts } from "./alerts.ts";
import { backlog } from "./backlog.ts";
import type { Bench } from "./bench.ts";
import { change } from "./change.ts";
import { memory } from "./memory.ts";
import { mirror } from "./mirror.ts";
import { move } from "./moving/move.ts";
import { createProgress } from "./progress.ts";
import { remediate } from "./remediate.ts";
import { rules } from "./rules.ts";
import { snapshot } from "./snapshot.ts";
import { sweep } from "./sweep.ts";
import { formatTable, type Table } from "./table.ts";

/** All benches, in the order in which they run. */
const BENCHES: Readonly<Record<string, Bench>> = {
  snapshot,
  change,
  backlog,
  memory,
  rules,
  remediate,
  mirror,
  move,
  admission,
  sweep,
  alerts,
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    objects: { type: "string" },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "20" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const USAGE = `npm run bench -- [options]
  --only NAMES     with commas between; else all:
${Object.entries(BENCHES)
  .map(([name, { about }]) => `                     ${name.padEnd(11)} ${about}`)
  .join("\n")}
  --objects N      how many objects (snapshot 50000, backlog 20000, mirror 5000, move 500, memory 10000, 50000 and 200000)
  --rounds N       times that each contender of the snapshot runs, the best counts (2)
  --seconds N      how long changes are written at a rate (20)
  --json FILE      the tables as JSON too
`;

function toNumber(option: "objects" | "rounds" | "seconds"): number {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${option} ${values[option]}: expected a positive integer`);
}

function pick(only: string | undefined): readonly (readonly [string, Bench])[] {
  if (only === undefined) return Object.entries(BENCHES);
  return only.split(",").map((name) => {
    const bench = BENCHES[name];
    if (bench !== undefined) return [name, bench];
    throw new Error(`--only ${name}: known benches are ${Object.keys(BENCHES).join(", ")}`);
  });
}

async function run(): Promise<void> {
  const options = {
    objects: values.objects === undefined ? undefined : toNumber("objects"),
    rounds: toNumber("rounds"),
    seconds: toNumber("seconds"),
  };
  const tables: Record<string, Table[]> = {};
  for (const [name, bench] of pick(values.only)) {
    using scratch = createScratchFolder("kubemend-bench-");
    using progress = createProgress((line) => process.stderr.write(`${line}\n`));
    const show = (table: Table): void => {
      (tables[name] ??= []).push(table);
      process.stdout.write(`\n${formatTable(table)}`);
    };
    await bench.run({ options, folder: scratch.path, progress, show });
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(tables, null, 2));
  }
}

// Started processes end together with this one; folders are removed on exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
if (values.help) process.stdout.write(USAGE);
else await run();
