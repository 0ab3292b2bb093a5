import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // A busy machine is no failure: nothing here is about time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
          exclude: ["test/sandbox/runtime/**"],
          include: ["test/{events,core,adapters,relay,functions,infra,sandbox,chaos}/**/*.test.ts"],
        },
      },
      {
        test: {
          // Each of these starts processes: too slow for `npm run check`.
          name: "process",
          include: ["test/{cli,sandbox/runtime}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 240_000,
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // One control plane a file; two cores do not bear two at once.
          fileParallelism: false,
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
