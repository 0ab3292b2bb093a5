import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { ROOT } from "../architecture/source-files.ts";
import { readChangedLines } from "./changed-lines.ts";
import { summarize } from "./summarize.ts";

const USAGE = `npm run test:mutants -- PATH...      mutates these files and folders
npm run test:mutants -- --changed    mutates the lines that this branch changed (on main: the last commit), as far as
                                     they are committed or staged or stand in files that git knows
  --workers N      how many mutants are tried at a time (1)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    workers: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

/** A folder stands for the TypeScript files in it; `file.ts:10-20` for these lines. */
function toPattern(path: string): string {
  const file = path.replace(/:[\d:-]+$/u, "");
  if (!existsSync(file)) throw new Error(`${path} does not exist`);
  return statSync(file).isDirectory() ? `${file.replace(/\/$/u, "")}/**/*.ts` : path;
}

/** Returns the process's exit code. */
async function run(): Promise<number> {
  process.chdir(ROOT);
  const mutate = values.changed ? readChangedLines() : positionals.map(toPattern);
  if (values.help || (mutate.length === 0 && !values.changed)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  if (mutate.length === 0) {
    console.log("This branch changed no line that can be mutated.");
    return 0;
  }
  const stryker = new Stryker({
    mutate: [...mutate],
    testRunner: "vitest",
    vitest: { configFile: join("test", "mutants", "vitest.config.ts") },
    plugins: ["@stryker-mutator/vitest-runner"],
    coverageAnalysis: "perTest",
    // A mutant in code that runs once, while a module is loaded, would need a new process for each try.
    ignoreStatic: true,
    concurrency: Number(values.workers),
    // StrykerJS would rewrite tsconfig.json with an API that TypeScript 7 no longer has; a name that no file bears prevents it.
    tsconfigFile: "tsconfig.none.json",
    disableTypeChecks: false,
    cleanTempDir: "always",
    // Folders that git, the linter, the formatter and the compiler leave alone.
    tempDirName: "dist/mutants",
    ignorePatterns: ["/dist", "/.serverless", "/coverage"],
    reporters: ["progress-append-only", "clear-text", "json"],
    jsonReporter: { fileName: "dist/mutants.json" },
    clearTextReporter: {
      allowColor: false,
      logTests: false,
      allowEmojis: false,
      reportTests: false,
    },
    allowConsoleColors: false,
  });
  console.log(summarize(await stryker.runMutationTest()));
  return 0;
}

process.exitCode = await run();
