import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError } from "../../../core/errors.ts";
import { createModule, type PackagedTemplate } from "./create-module.ts";

/*
 * `npm run terraform`: writes the generated files of infra/terraform/, from the stack that osls packages. Written by
 * hand are main.tf, settings.tf, receivers.tf and pipeline.tf.
 */

const root = join(import.meta.dirname, "..", "..", "..");

/** The packaged stack, with access and keys in secrets. The module contains nothing of its pipeline. */
function packageTemplate(folder: string): PackagedTemplate {
  const script = join(root, "infra", "build", "package.ts");
  const pipeline = join(root, "sandbox", "pipeline.yaml");
  const args = [script, "--config", pipeline, "--package", folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, KUBEMEND_ACCESS: "secret", KUBEMEND_SIGNING: "secret" },
  });
  if (status !== 0) throw new Error(`npm run package failed: ${stdout}${stderr}`);
  const file = join(folder, "cloudformation-template-update-stack.json");
  return JSON.parse(readFileSync(file, "utf8")) as PackagedTemplate;
}

const folder = mkdtempSync(join(tmpdir(), "kubemend-terraform-"));
try {
  for (const [name, text] of createModule(root, packageTemplate(folder))) {
    writeFileSync(join(root, "infra", "terraform", name), text);
    console.log(`infra/terraform/${name}`);
  }
} catch (error) {
  process.stderr.write(`terraform: ${describeError(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
