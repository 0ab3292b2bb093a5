import { Command } from "commander";
import { KubemendError } from "../../core/errors.ts";
import type { ReferenceResult } from "../../events/reference.ts";
import { parseFieldPath, type FieldPath } from "../../core/json/field-path.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { formatObject, formatReference } from "./format-explanation.ts";
import { parseDocuments } from "../input/parse-documents.ts";
import {
  listVersions,
  readCatalog,
  type CatalogOptions,
  type NamedCatalog,
} from "../input/read-catalog.ts";
import { readInput } from "../input/read-input.ts";
import { explainObject, toObjectName, type ExplainedReference } from "./resolve-objects.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { writeError } from "../terminal/streams.ts";

type Options = CatalogOptions & { readonly field?: string; readonly json?: boolean };

/** `kubemend resolve FILE|-`: explains each reference of the objects in a file: what it refers to, how that was found, and why. */
export function resolveCommand(): Command {
  return new Command("resolve")
    .description(
      "Explain each reference in an object or Event: what it refers to, or why it cannot be resolved",
    )
    .argument("<file>", "JSON or YAML, one or more objects or lists; - for standard input")
    .option(
      "--field <path>",
      "only the reference at this path, even if it is not a known one: spec.routes[0].services[0]",
    )
    .option(
      "--context <name>",
      "resolve with the kinds that this kubeconfig context's cluster serves",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig for --context (default: as kubectl finds it); alone: its current context",
    )
    .option(
      "--kubernetes-version <version>",
      `resolve with the built-in table of this version, ${listVersions()} (default: 1.36)`,
    )
    .option(
      "--catalog <file>",
      "additional kinds: a JSON list of {group, version, kind, resource, namespaced, preferred?}",
    )
    .option("--json", "print one JSON line per reference")
    .addHelpText(
      "after",
      `
The built-in tables contain what Kubernetes ${listVersions()} serves by default; with a cluster, its custom resources are known
too. The exit code is 0 whether references are resolved or not; it is 1 if the input cannot be read or has nothing at --field.

JSON lines: {object: {apiVersion, kind, namespace, name}, field, reference, result}`,
    )
    .action(runResolve);
}

async function runResolve(file: string, options: Options): Promise<void> {
  const path = options.field === undefined ? undefined : readFieldOption(options.field);
  const named = await readNamedCatalog(options);
  const text = await readInput(file, process.stdin);
  const objects = parseDocuments(text, file === "-" ? "standard input" : file);
  const output = createOutput({ json: options.json === true });
  output.print(`Resolved with ${named.description}:`);
  const found = objects.map((object) => reportObject(object, path, named, output));
  if (path === undefined || found.includes(true)) return;
  process.exitCode = EXIT_FAILED;
  writeError(
    `kubemend: there is nothing at ${toPrintable(options.field ?? "")} in ${toPrintable(file)}\n`,
  );
}

/** Ctrl-C cancels a slow cluster request in an orderly way; later, while reading standard input, it just ends the process. */
async function readNamedCatalog(options: Options): Promise<NamedCatalog> {
  using stop = stopSignal();
  return await readCatalog(options, stop.signal);
}

function readFieldOption(text: string): FieldPath {
  const path = parseFieldPath(text);
  if (path.ok) return path.value;
  throw new KubemendError("InvalidConfiguration", `--field ${text}: ${path.error}`, {
    retryable: false,
  });
}

/** Reports an object's references; returns whether it has any. */
function reportObject(
  object: unknown,
  path: FieldPath | undefined,
  named: NamedCatalog,
  output: Output,
): boolean {
  const name = toObjectName(object);
  const references = explainObject(object, path, named.catalog);
  output.print(`\n${formatObject(name)}`);
  if (references.length === 0) {
    output.print(path === undefined ? "  no references found" : "  nothing at this path");
  }
  for (const reference of references) reportReference(name, reference, output);
  return references.length > 0;
}

function reportReference(
  object: ReturnType<typeof toObjectName>,
  explained: ExplainedReference,
  output: Output,
): void {
  const { field, reference, result } = explained;
  output.report(formatReference(explained), {
    object,
    field,
    reference,
    result: withoutUid(result),
  });
}

/** The uid is a part of the reference, which is printed too. */
function withoutUid(result: ReferenceResult): ReferenceResult {
  if (result.outcome === "unresolved") return result;
  const { uid: _, ...rest } = result;
  return rest;
}
