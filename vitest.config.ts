import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Builds `dist/` before the tests of a project that runs it, so that they never test an outdated build. */
const BUILD = "test/support/host/build-dist.ts";
/** Vitest leaves one core to itself, and two are all that many a machine has: most of these tests wait. */
const WORKERS = Math.max(2, availableParallelism() - 1);

const config: ViteUserConfig = defineConfig({
  test: {
    maxWorkers: WORKERS,
    // Measured by `npm test` alone (`--coverage`): it makes the unit tests slower.
    coverage: {
      provider: "v8",
      include: ["{core,relay,functions}/**/*.ts"],
      reporter: ["text-summary", ["text", { skipFull: true, maxCols: 120 }]],
      // What only a child process runs, as in most of the end-to-end tests, is not counted.
      thresholds: Object.fromEntries(
        ["core", "relay", "functions"].map((area) => [`${area}/**`, { lines: 90 }]),
      ),
    },
    projects: [
      {
        test: {
          name: "unit",
          // A busy machine is no failure: nothing here is about time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
          exclude: ["test/sandbox/runtime/**"],
          include: [
            "test/{architecture,breaks,docs,examples,mutants,events,core,adapters,relay,functions,infra,sandbox,chaos}/**/*.test.ts",
          ],
        },
      },
      {
        test: {
          // Each of these starts processes: too slow for `npm run check`.
          name: "process",
          globalSetup: BUILD,
          include: ["test/{cli,sandbox/runtime}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: "contract",
          globalSetup: BUILD,
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 240_000,
          expect: { poll: { timeout: 20_000 } },
          // Those that package the service wait for each other.
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: "e2e",
          globalSetup: BUILD,
          include: ["test/e2e/**/*.test.ts"],
          // One control plane a file: more than two at once are too much for two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          expect: { poll: { timeout: 20_000 } },
          // A first run builds the control plane.
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});

export default config;
