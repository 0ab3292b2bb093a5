import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeError } from "../../core/errors.ts";
import { renderManifests, SAMPLE, SAMPLE_VALUES } from "./render-manifests.ts";

/*
 * `npm run manifests -- [--values FILE]... [--set KEY=VALUE]... [--namespace NAME] [--output FOLDER]`: writes the chart as plain manifests,
 * with the values of `helm template`; it needs helm on the PATH. The folder is kubemend-manifests by default. Without values it writes
 * infra/relay/manifests, for those who have no Helm.
 */

function write(): void {
  const { values } = parseArgs({
    options: {
      values: { type: "string", multiple: true, default: [] },
      set: { type: "string", multiple: true, default: [] },
      namespace: { type: "string", default: "kubemend" },
      output: { type: "string" },
    },
  });
  const own = [
    ...values.values.map((file) => `--values=${file}`),
    ...values.set.map((value) => `--set=${value}`),
  ];
  const isSample = own.length === 0;
  const { namespace, output = isSample ? SAMPLE : "kubemend-manifests" } = values;
  const files = renderManifests({
    helm: "helm",
    namespace,
    values: isSample ? SAMPLE_VALUES : own,
  });
  mkdirSync(output, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(output, name), text);
  console.log(`${[...files.keys()].join(", ")} in ${output}`);
}

try {
  write();
} catch (error) {
  process.stderr.write(`manifests: ${describeError(error)}\n`);
  process.exitCode = 1;
}
