import { execFileSync } from "node:child_process";

/** npm's CycloneDX document, as far as it is read. */
export type Bom = {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly name: string;
    readonly version: string;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

/**
 * npm's document of everything that is installed, the packages for development included: npm's option to omit them leaves out some that
 * are shipped, too, such as yaml.
 */
export function readNpmSbom(root: string): Bom {
  const args = ["sbom", "--sbom-format", "cyclonedx"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  return JSON.parse(execFileSync("npm", args, options)) as Bom;
}
