import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "test/{events,core,adapters,relay,functions,infra,sandbox,cli,chaos}/**/*.test.ts",
          ],
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // One control plane a file; two cores do not bear two at once.
          fileParallelism: false,
          testTimeout: 180_000,
          // A first run builds the control plane.
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});

export default config;
