import { posix } from "node:path";
import { defineConfig, type OxlintConfig, type OxlintOverride } from "oxlint";
import { AREAS, INNER_LAYERS, type Layer } from "./layers.ts";

type ImportPattern =
  | { readonly regex: string; readonly message: string }
  | { readonly group: string[]; readonly message: string };

/** Packages that an area may not import, beside the areas above it. */
const FORBIDDEN_PACKAGES: Readonly<Record<string, ImportPattern>> = {
  core: {
    group: ["node:*", "!node:crypto", "@aws-sdk/*", "@kubernetes/*", "undici"],
    message: "core is pure: no I/O, no clock, no environment",
  },
  functions: {
    group: ["@kubernetes/client-node"],
    message: "60 ms and 1.4 MB at a cold start: use adapters/kubernetes/connect/lean-connection.ts",
  },
};

/** What stands above the layer at this index, or beside the folder in the same layer. */
function findForbidden(layers: readonly Layer[], index: number, folder: string): string[] {
  const beside = (layers[index] ?? []).filter((other) => other !== folder);
  return [...beside, ...layers.slice(index + 1).flat()];
}

function toAreaPatterns(area: string, index: number): ImportPattern[] {
  const packages = FORBIDDEN_PACKAGES[area];
  const forbidden = findForbidden(AREAS, index, area);
  if (forbidden.length === 0) return packages === undefined ? [] : [packages];
  const above: ImportPattern = {
    regex: `^(\\.\\./)+(${forbidden.join("|")})/`,
    message: `${area} may import only from the areas before it in layers.ts`,
  };
  return packages === undefined ? [above] : [above, packages];
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** How a file of one folder names a file that stands directly in another. */
function toSpecifier(from: string, to: string): string {
  const path = posix.relative(from, to);
  const prefix = path === "" ? "." : path.startsWith(".") ? path : `./${path}`;
  return `${escapeRegex(prefix)}/[^/]+$`;
}

function restrictImports(files: string, patterns: ImportPattern[]): OxlintOverride {
  return { files: [files], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

/** The last override that matches a file replaces the ones before it, so each has all patterns of its files. */
function toImportOverrides(): OxlintOverride[] {
  return AREAS.flatMap((areas, areaIndex) =>
    areas.flatMap((area) => {
      const areaPatterns = toAreaPatterns(area, areaIndex);
      const layers = INNER_LAYERS[area] ?? [];
      const inner = layers.flatMap((layer, index) =>
        layer.map((folder) => {
          const forbidden = findForbidden(layers, index, folder);
          if (forbidden.length === 0) return restrictImports(`${folder}/*`, areaPatterns);
          const regex = `^(${forbidden.map((other) => toSpecifier(folder, other)).join("|")})`;
          const message = `${folder} may import only from the folders before it in layers.ts`;
          return restrictImports(`${folder}/*`, [...areaPatterns, { regex, message }]);
        }),
      );
      return [restrictImports(`${area}/**`, areaPatterns), ...inner];
    }),
  );
}

const config: OxlintConfig = defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise", "node", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/consistent-return": "off",
    "node/no-process-env": "error",
    // A type import counts: two files that know each other's types cannot be understood one after the other.
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "import/no-default-export": "error",
    "import/no-unassigned-import": "off",
    "no-underscore-dangle": "off",
    "no-shadow": "off",
    "no-await-in-loop": "off",
    "no-unmodified-loop-condition": "off",
    "vitest/expect-expect": ["error", { assertFunctionNames: ["expect", "fc.assert", "expect*"] }],
    "import/no-named-as-default-member": "off",
    "import/no-named-as-default": "off",
    "unicorn/no-thenable": "off",
    eqeqeq: "error",
    "prefer-const": "error",
  },
  overrides: [
    ...toImportOverrides(),
    {
      files: ["core/**"],
      rules: {
        "no-restricted-globals": ["error", "process", "fetch", "setTimeout", "setInterval"],
      },
    },
    {
      files: [
        ".ci/**",
        "**/config.ts",
        "**/main.ts",
        "cli/**",
        "test/**",
        "sandbox/**",
        "infra/**",
      ],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["test/**"],
      rules: { "unicorn/consistent-function-scoping": "off" },
    },
    {
      files: ["*.config.ts", "**/*.mjs"],
      rules: { "import/no-default-export": "off" },
    },
  ],
  ignorePatterns: ["dist", "node_modules", ".serverless", "**/*.d.ts"],
});

export default config;
