import { Command } from "commander";
import pc from "picocolors";
import { toProjection } from "../../core/rules/projection.ts";
import { planWatches } from "../../core/rules/watches.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { describeAccess } from "../../core/rules/declared-access.ts";
import { EXIT_FAILED } from "../exit.ts";
import { toRbac } from "../validate/to-rbac.ts";

/** `kubemend validate FILE`: every fault with line and column and what would be right; else what the file means. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check a pipeline file, and print what it means")
    .argument("<file>", "pipeline file, YAML or JSON")
    .option("--json", "print one JSON object")
    .option("--rbac", "print the rights in the cluster that it needs, as manifests")
    .action(async (file: string, options: { json?: boolean; rbac?: boolean }) => {
      const read = await readPipelineFile(file);
      if (!read.ok) {
        process.exitCode = EXIT_FAILED;
        if (options.json) {
          process.stdout.write(`${JSON.stringify({ valid: false, file, issues: read.error })}\n`);
          return;
        }
        for (const issue of read.error) {
          const place = pc.bold(`${file}:${issue.line}:${issue.column}`);
          process.stderr.write(`${place} ${formatPath(issue.path)}${issue.message}\n`);
          if (issue.hint !== undefined) process.stderr.write(`    ${pc.cyan(issue.hint)}\n`);
        }
        const count = read.error.length;
        process.stderr.write(
          `${file} is not a valid pipeline: ${count} fault${count === 1 ? "" : "s"}.\n`,
        );
        return;
      }
      const { pipeline } = read.value;
      if (options.rbac) {
        process.stdout.write(toRbac(pipeline));
        return;
      }
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ valid: true, file, pipeline })}\n`);
        return;
      }
      process.stdout.write(
        `${file} is a valid pipeline (digest ${pipeline.digest.slice(0, 12)}).\n`,
      );
      for (const { name, access } of pipeline.clusters) {
        process.stdout.write(`  cluster ${name}: by ${describeAccess(access)}\n`);
      }
      const metadataOnly = new Set(
        planWatches(pipeline).flatMap((watch) =>
          toProjection(watch) === "metadata" ? watch.rules : [],
        ),
      );
      for (const rule of pipeline.rules) {
        const actions = rule.then.map((action) => action.action).join(", ");
        const what = metadataOnly.has(rule) ? " (metadata only)" : "";
        process.stdout.write(
          `  ${rule.id}: on ${rule.on.resource} ${rule.on.changes.join("/")}${what}, once ${formatOnce(rule.once)}, ${rule.mode}: ${actions}\n`,
        );
      }
    });
}

function formatPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return "";
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return `${text.replace(/^\./, "")}: `;
}

function formatOnce(once: {
  readonly type: string;
  readonly condition?: string;
  readonly expression?: string;
}): string {
  if (once.condition !== undefined) return `per ${once.condition} condition`;
  if (once.expression !== undefined) return `per ${once.expression}`;
  return `per ${once.type}`;
}
