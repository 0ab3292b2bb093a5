import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readField } from "../../../core/json/read-json.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";

const run = promisify(execFile);
const PAGE = readFileSync(join(findProjectRoot(), "docs", "mirror-operations.md"), "utf8");
const FLAGS = "/api/v1/namespaces/shop-dr/configmaps/flags";
const LABEL = "kubemend.dev/mirrored-by";
const tools = await findClusterTools();

/** The commands with kubectl below a heading of the page, as they are written there. */
function readCommands(heading: string): readonly string[] {
  const [, section = ""] = PAGE.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return own.split("\n").filter((line) => /^ {4,}(?:\w+=\$\()?kubectl /.test(line));
}

describe.skipIf(tools === undefined)(
  `the kubectl commands of docs/mirror-operations.md (${tools === undefined ? NO_TOOLS : "kubectl"})`,
  () => {
    let world: MirrorWorld;
    let environment: NodeJS.ProcessEnv;

    beforeAll(async () => {
      world = await startMirrorWorld();
      await createNamespace(world.target, "shop-dr");
      environment = {
        ...process.env,
        KUBECONFIG: Object.entries({
          production: world.controlPlanes.source.kubeconfig,
          "backup-eu": world.controlPlanes.target.kubeconfig,
        })
          .map(([context, kubeconfig]) => writeContext(world.folder, context, kubeconfig))
          .join(delimiter),
        PATH: `${dirname(tools?.kubectl ?? "")}${delimiter}${process.env["PATH"]}`,
      };
    });

    afterAll(async () => {
      await world?.[Symbol.asyncDispose]();
    });

    const execute = (heading: string) => {
      const script = ["set -euo pipefail", ...readCommands(heading)].join("\n");
      return run("bash", ["-c", script], { cwd: world.folder, env: environment });
    };

    /** An object with the marks of a copy of `mirror-shop-config`. */
    async function createCopy(name: string, cluster: string): Promise<void> {
      const marks = ["source-uid", "source-version", "source-object", "mirror-digest"];
      const annotations = {
        "kubemend.dev/source-cluster": cluster,
        ...Object.fromEntries(marks.map((mark) => [`kubemend.dev/${mark}`, "x"])),
      };
      const metadata = { name, labels: { [LABEL]: "mirror-shop-config" }, annotations };
      const body = { metadata, data: { a: "1" } };
      const path = "/api/v1/namespaces/shop-dr/configmaps";
      await world.target.request({ method: "POST", path, body });
    }

    const readMarks = async (path: string): Promise<Json> => {
      const object = await find(world.target, path);
      return {
        ...asJson(readField(object, "metadata", "labels")),
        ...asJson(readField(object, "metadata", "annotations")),
      };
    };

    it("have the target left alone for a while, and not any more", async () => {
      const [set, take, ...others] = readCommands("The target is to serve, for a while");
      expect(others).toEqual([]);
      const shop = "/api/v1/namespaces/shop-dr";
      await run("bash", ["-c", set ?? ""], { env: environment });
      expect((await readMarks(shop))["kubemend.dev/remediate"]).toBe("false");
      await run("bash", ["-c", take ?? ""], { env: environment });
      expect((await readMarks(shop))["kubemend.dev/remediate"]).toBeUndefined();
    });

    it("hand the copies of the old source over to the new one, and no others", async () => {
      await createCopy("flags", "old");
      await createCopy("of-another", "another");
      await execute("The source is replaced by a new cluster");
      expect((await readMarks(FLAGS))["kubemend.dev/source-cluster"]).toBe(world.clusterUid);
      const other = await readMarks(FLAGS.replace("flags", "of-another"));
      expect(other["kubemend.dev/source-cluster"]).toBe("another");
    });

    it("take the marks away, so that the copies are ordinary objects", async () => {
      await createCopy("served", world.clusterUid);
      await execute("The target is to serve permanently");
      const path = FLAGS.replace("flags", "served");
      expect(await readMarks(path)).toEqual({});
      expect(await find(world.target, path)).toMatchObject({ data: { a: "1" } });
    });
  },
);

const asJson = (value: unknown): Json => (value ?? {}) as Json;

/** The kubeconfig with other names, as they are those of the page. */
function writeContext(folder: string, name: string, kubeconfig: string): string {
  type Part = { readonly name: string; readonly context: { readonly cluster: string } };
  const config = JSON.parse(readFileSync(kubeconfig, "utf8")) as {
    readonly [list: string]: readonly Part[];
  };
  const rename = (list: string) => config[list]?.map((part) => ({ ...part, name }));
  const contexts = [{ name, context: { cluster: name, user: name } }];
  const path = join(folder, `${name}.json`);
  const [clusters, users] = [rename("clusters"), rename("users")];
  writeFileSync(
    path,
    JSON.stringify({ apiVersion: "v1", kind: "Config", clusters, users, contexts }),
  );
  return path;
}
