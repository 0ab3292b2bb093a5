import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * The unit tests as one project: StrykerJS runs no others. The tests of the build, of the sandbox and of the chaos checker
 * exercise nothing that is mutated, and those of the tree and the docs read the sources as text.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/{events,core,adapters,relay,functions}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});

export default config;
