import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";

export const BINARY_NAMES = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
] as const;
export type BinaryName = (typeof BINARY_NAMES)[number];

/** How one binary is built from a Go module, and its place in the cache. */
export type Recipe = {
  readonly name: BinaryName;
  /** Folder of the go.mod. */
  readonly moduleFolder: string;
  /** Go import path of its main package. */
  readonly mainPackage: string;
  /** The program's own. */
  readonly version: string;
  readonly flags: readonly string[];
  /** The version of Kubernetes that the module requires. */
  readonly kubernetes: string;
  /** Folder in the cache: version, platform, and a digest of everything that we decide about the build. */
  readonly cacheFolder: string;
};

export type Platform = { readonly os: string; readonly arch: string };

type Program = {
  readonly name: BinaryName;
  readonly mainPackage: string;
  /** Required module that contains it. */
  readonly versionOf: string;
};

const KUBERNETES = "k8s.io/kubernetes";
const ETCD = "go.etcd.io/etcd/server/v3";
const KWOK = "sigs.k8s.io/kwok";

function toKubernetesProgram(name: BinaryName): Program {
  return { name, mainPackage: `${KUBERNETES}/cmd/${name}`, versionOf: KUBERNETES };
}

/** One module for all, because they share most of their packages: each of these is compiled once. */
const PROGRAMS: readonly Program[] = [
  { name: "etcd", mainPackage: ETCD, versionOf: ETCD },
  toKubernetesProgram("kube-apiserver"),
  toKubernetesProgram("kube-controller-manager"),
  toKubernetesProgram("kube-scheduler"),
  { name: "kwok", mainPackage: `${KWOK}/cmd/kwok`, versionOf: KWOK },
];

/**
 * Reads the recipes of all binaries from the go.mod and go.sum under `sourceFolder`. Any change to these files, to the flags or
 * to the platform gives another cache folder, and so a build of minutes: that is why the module paths in the go.mod files still
 * name the folder that they once were in. The user's GOFLAGS and Go version are not part of the key: a build honours them, but a
 * change to them does not cause one.
 */
export function readRecipes(sourceFolder: string, platform: Platform): readonly Recipe[] {
  return readModule(join(sourceFolder, "kubernetes"), PROGRAMS, platform);
}

/** API servers of older minors, for tests: each has its own module, and is built only on demand. */
export const OLDER_API_SERVERS = ["1.33"] as const;
export type OlderApiServer = (typeof OLDER_API_SERVERS)[number];

/** The recipe of an older API server, read in the same way. */
export function readOlderApiServer(
  minor: OlderApiServer,
  sourceFolder: string,
  platform: Platform,
): Recipe {
  const program = toKubernetesProgram("kube-apiserver");
  const [recipe] = readModule(join(sourceFolder, `kubernetes-${minor}`), [program], platform);
  if (recipe === undefined) throw new RangeError(`There is no recipe for API server ${minor}`);
  return recipe;
}

function readModule(
  moduleFolder: string,
  programs: readonly Program[],
  platform: Platform,
): readonly Recipe[] {
  const goMod = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  const goSum = readFileSync(join(moduleFolder, "go.sum"), "utf8");
  const flags = toFlags(goMod, programs);
  const target = `${platform.os}-${platform.arch}`;
  const digest = createHash("sha256")
    .update([goMod, goSum, ...flags, target].join("\n"))
    .digest("hex");
  const kubernetes = findVersion(goMod, KUBERNETES);
  const cacheFolder = `${kubernetes}-${target}-${digest.slice(0, 12)}`;
  return programs.map(({ name, mainPackage, versionOf }) => ({
    name,
    moduleFolder,
    mainPackage,
    version: findVersion(goMod, versionOf),
    flags,
    kubernetes,
    cacheFolder,
  }));
}

function toFlags(goMod: string, programs: readonly Program[]): readonly string[] {
  const stamps = programs.some(({ versionOf }) => versionOf === KWOK)
    ? [...toKubernetesStamps(goMod), toKwokStamp(goMod)]
    : toKubernetesStamps(goMod);
  return [
    "-trimpath",
    // A user's GOFLAGS=-mod=mod must not rewrite the files that the cache key is made of.
    "-mod=readonly",
    // Data for debuggers, which the linker would drop anyway (-w).
    "-gcflags=all=-dwarf=false",
    "-ldflags",
    ["-s", "-w", ...stamps].join(" "),
  ];
}

/** Without these the API server reports v0.0.0-master as its version and rejects the versions of its own feature gates. */
function toKubernetesStamps(goMod: string): readonly string[] {
  const version = findVersion(goMod, KUBERNETES);
  const [major = "", minor = ""] = version.split(".");
  const stamp = "k8s.io/component-base/version";
  return [
    `-X ${stamp}.gitVersion=v${version}`,
    `-X ${stamp}.gitMajor=${major}`,
    `-X ${stamp}.gitMinor=${minor}`,
  ];
}

function toKwokStamp(goMod: string): string {
  return `-X ${KWOK}/pkg/consts.Version=v${findVersion(goMod, KWOK)}`;
}

function findVersion(goMod: string, module: string): string {
  const line = goMod
    .split("\n")
    .map((text) => text.trim().replace(/^require\s+/, ""))
    .find((text) => text.startsWith(`${module} v`));
  const version = line?.slice(module.length + 2).split(/\s/, 1)[0];
  if (version === undefined || version === "") {
    throw new KubemendError("Internal", `The sandbox's go.mod does not require ${module}.`, {
      retryable: false,
    });
  }
  return version;
}
