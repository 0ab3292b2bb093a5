import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { KubemendError } from "../../core/errors.ts";
import { replaceFile } from "./bundle-functions.ts";

const KUBECONFIG = ".kubeconfig";

/**
 * Writes `<folder>/pipeline.json`, which the functions read beside their bundle: the pipeline file as it was written,
 * in JSON. Throws InvalidPipeline where it is not valid, so that such a file is never deployed.
 */
export async function packPipeline(path: string, folder: string): Promise<void> {
  const read = await readPipelineFile(path);
  if (!read.ok) {
    const lines = read.error.map(
      ({ line, column, message }) => `${path}:${line}:${column}: ${message}`,
    );
    throw new KubemendError("InvalidPipeline", lines.join("\n"), { retryable: false });
  }
  const json = JSON.stringify(read.value.document, undefined, 2);
  replaceFile(join(folder, "pipeline.json"), Buffer.from(`${json}\n`));
}

/**
 * Writes the `<function>.kubeconfig` files of `source` into `folder`, from where they are packed, as JSON: functions have no
 * YAML library. They hold credentials: without a source none may be left over from an earlier build.
 */
export function packKubeconfigs(source: string | undefined, folder: string): readonly string[] {
  for (const name of listKubeconfigs(folder)) rmSync(join(folder, name));
  if (source === undefined) return [];
  const names = listKubeconfigs(source);
  if (names.length === 0) {
    throw new KubemendError(
      "InvalidConfiguration",
      `KUBEMEND_KUBECONFIGS: ${source} holds no <function>${KUBECONFIG}, for example normalize${KUBECONFIG}`,
      { retryable: false },
    );
  }
  for (const name of names) {
    replaceFile(join(folder, name), Buffer.from(toJson(join(source, name))));
    // Lambda runs a function as a user of its own, who must be able to read it.
    chmodSync(join(folder, name), 0o644);
  }
  return names;
}

/** Says nothing of what is in the file. */
function toJson(path: string): string {
  const document = parseDocument(readFileSync(path, "utf8"), { prettyErrors: false });
  const [fault] = document.errors;
  if (fault === undefined && isMap(document.contents)) return JSON.stringify(document.toJS());
  const reason = fault === undefined ? "a mapping is expected" : fault.code;
  throw new KubemendError("InvalidConfiguration", `${path} is no kubeconfig: ${reason}`, {
    retryable: false,
  });
}

function listKubeconfigs(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(KUBECONFIG));
}
