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
import { readInput } from "./read-input.ts";
import { explainObject, toObjectName, type ExplainedReference } from "./resolve-objects.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type Options = CatalogOptions & { readonly field?: string; readonly json?: boolean };

/** `kubemend resolve FILE|-`: each reference of the objects in a file, what it came to, how, and why. */
export function resolveCommand(): Command {
  return new Command("resolve")
    .description(
      "Explain each reference in an object or Event: what it means, or why that cannot be said",
    )
    .argument("<file>", "JSON or YAML, one or more objects or lists; - for standard input")
    .option(
      "--field <path>",
      "only this place, known as a reference or not: spec.routes[0].services[0]",
    )
    .option("--context <name>", "what this kubeconfig context's cluster serves")
    .option(
      "--kubeconfig <file>",
      "kubeconfig for --context (default: as kubectl); alone: its current context",
    )
    .option(
      "--kubernetes-version <version>",
      `the built-in table of this version, ${listVersions()} (default: 1.36)`,
    )
    .option(
      "--catalog <file>",
      "further kinds: a JSON list of {group, version, kind, resource, namespaced, preferred?}",
    )
    .option("--json", "a line of JSON for each reference")
    .addHelpText(
      "after",
      `
The built-in tables hold what Kubernetes ${listVersions()} serves without any setting; a cluster's own list also has its custom
resources. Resolved or not, the exit code is 0; it is 1 where the input cannot be read or has nothing at --field.

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
  output.say(`By ${named.description}:`);
  const found = objects.map((object) => tellObject(object, path, named, output));
  if (path === undefined || found.includes(true)) return;
  process.exitCode = EXIT_FAILED;
  process.stderr.write(`kubemend: there is nothing at ${options.field} in ${file}\n`);
}

/** Ctrl-C ends a slow cluster's answer in an orderly way; later on, reading standard input, it just ends the process. */
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

/** Whether the object has any reference to tell of. */
function tellObject(
  object: unknown,
  path: FieldPath | undefined,
  named: NamedCatalog,
  output: Output,
): boolean {
  const name = toObjectName(object);
  const references = explainObject(object, path, named.catalog);
  output.say(`\n${formatObject(name)}`);
  if (references.length === 0) {
    output.say(path === undefined ? "  no reference found" : "  nothing at this path");
  }
  for (const reference of references) tellReference(name, reference, output);
  return references.length > 0;
}

function tellReference(
  object: ReturnType<typeof toObjectName>,
  explained: ExplainedReference,
  output: Output,
): void {
  const { field, reference, result } = explained;
  output.tell(formatReference(explained), { object, field, reference, result: withoutUid(result) });
}

/** The uid is the reference's own, and stands there. */
function withoutUid(result: ReferenceResult): ReferenceResult {
  if (result.outcome === "unresolved") return result;
  const { uid: _, ...rest } = result;
  return rest;
}
