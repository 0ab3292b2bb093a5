import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../../sandbox/host/folders.ts";
import { ensureGoProgram } from "../../support/host/ensure-go-program.ts";
import type { Progress } from "../progress.ts";

const FLAGS = ["-trimpath", "-mod=readonly"];

/** The program of this folder: taken from the cache, or built with Go like the control plane. */
export function ensureInformer(progress: Progress): Promise<string> {
  const moduleFolder = import.meta.dirname;
  const sources = readdirSync(moduleFolder).filter((file) => /^go\.|\.go$/.test(file));
  const texts = sources.map((file) => readFileSync(join(moduleFolder, file), "utf8"));
  const key = createHash("sha256")
    .update([...FLAGS, ...texts].join("\n"))
    .digest("hex");
  const platform = `${process.platform}-${process.arch}`;
  const target = join(cacheDir(), "bench", `${platform}-${key.slice(0, 12)}`, "informer");
  return ensureGoProgram({
    program: { name: "informer", mainPackage: ".", version: "", target },
    moduleFolder,
    flags: FLAGS,
    onBuild: () => progress.doing("building client-go's informer"),
    onDownload: (module) => progress.at(`fetching ${module}`),
    onCompile: () => progress.at("compiling"),
  });
}
