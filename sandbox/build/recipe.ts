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
  /** How many packages the compiler makes for it, after those of the recipes before it: its share of the work. */
  readonly packages: number;
  /** Folder in the cache: version, platform, and a digest of everything that we decide about the build. */
  readonly cacheFolder: string;
};

export type Platform = { readonly os: string; readonly arch: string };

type Module = {
  /** Below the source folder. */
  readonly folder: string;
  /** Required module whose version names the build. */
  readonly versionOf: string;
  readonly programs: readonly Program[];
  readonly toLinkerFlags: (version: string) => readonly string[];
};

type Program = {
  readonly name: BinaryName;
  readonly mainPackage: string;
  /** Required module that contains it. */
  readonly versionOf: string;
  /** Counted with `go list -deps`, without those that another program before it needs too. */
  readonly packages: number;
};

function toKubernetesProgram(name: BinaryName, packages: number): Program {
  const mainPackage = `k8s.io/kubernetes/cmd/${name}`;
  return { name, mainPackage, versionOf: "k8s.io/kubernetes", packages };
}

const ETCD = "go.etcd.io/etcd/server/v3";
const KWOK = "sigs.k8s.io/kwok";

/** Without these the API server reports v0.0.0-master as its version and rejects the versions of its own feature gates. */
function toKubernetesFlags(version: string): readonly string[] {
  const [major = "", minor = ""] = version.split(".");
  const stamp = "k8s.io/component-base/version";
  return [
    `-X ${stamp}.gitVersion=v${version}`,
    `-X ${stamp}.gitMajor=${major}`,
    `-X ${stamp}.gitMinor=${minor}`,
  ];
}

const MODULES: readonly Module[] = [
  {
    folder: "kubernetes",
    versionOf: "k8s.io/kubernetes",
    programs: [
      { name: "etcd", mainPackage: ETCD, versionOf: ETCD, packages: 570 },
      toKubernetesProgram("kube-apiserver", 1570),
      toKubernetesProgram("kube-controller-manager", 380),
      toKubernetesProgram("kube-scheduler", 10),
    ],
    toLinkerFlags: toKubernetesFlags,
  },
  {
    folder: "kwok",
    versionOf: KWOK,
    programs: [{ name: "kwok", mainPackage: `${KWOK}/cmd/kwok`, versionOf: KWOK, packages: 1000 }],
    toLinkerFlags: (version) => [`-X ${KWOK}/pkg/consts.Version=v${version}`],
  },
];

/**
 * Reads the recipes of all binaries from the go.mod and go.sum files under `sourceFolder`. Any change to these files, to the
 * flags or to the platform gives another cache folder, and so a build of minutes: that is why the module paths in the go.mod
 * files still name the folder that they once were in. The user's GOFLAGS and Go version are not part of the key: a build
 * honours them, but a change to them does not cause one.
 */
export function readRecipes(sourceFolder: string, platform: Platform): readonly Recipe[] {
  return MODULES.flatMap((module) => readModule(module, sourceFolder, platform));
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
  const module: Module = {
    folder: `kubernetes-${minor}`,
    versionOf: "k8s.io/kubernetes",
    programs: [toKubernetesProgram("kube-apiserver", 2000)],
    toLinkerFlags: toKubernetesFlags,
  };
  const [recipe] = readModule(module, sourceFolder, platform);
  if (recipe === undefined) throw new RangeError(`There is no recipe for API server ${minor}`);
  return recipe;
}

function readModule(module: Module, sourceFolder: string, platform: Platform): readonly Recipe[] {
  const moduleFolder = join(sourceFolder, module.folder);
  const goMod = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  const goSum = readFileSync(join(moduleFolder, "go.sum"), "utf8");
  const version = findVersion(goMod, module.versionOf);
  const linkerFlags = ["-s", "-w", ...module.toLinkerFlags(version)].join(" ");
  // -mod=readonly: a user's GOFLAGS=-mod=mod must not rewrite the files that the cache key is made of.
  const flags = ["-trimpath", "-mod=readonly", "-ldflags", linkerFlags];
  const target = `${platform.os}-${platform.arch}`;
  const digest = createHash("sha256")
    .update([goMod, goSum, ...flags, target].join("\n"))
    .digest("hex");
  const cacheFolder = `${version}-${target}-${digest.slice(0, 12)}`;
  return module.programs.map(({ name, mainPackage, versionOf, packages }) => ({
    name,
    packages,
    moduleFolder,
    mainPackage,
    version: findVersion(goMod, versionOf),
    flags,
    cacheFolder,
  }));
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
