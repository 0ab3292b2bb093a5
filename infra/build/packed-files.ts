import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { readCheckedPipelineFile } from "../../adapters/checked-pipeline.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import { KubemendError } from "../../core/errors.ts";
import { listCredentials, type Receiver } from "../../core/receivers/receiver.ts";
import { replaceFile } from "./bundle-functions.ts";
import { toClusterPermissions } from "./permissions/cluster-permissions.ts";
import { toNotifyPermissions } from "./permissions/notify-permissions.ts";

const KUBECONFIG = ".kubeconfig";

/**
 * Writes `<folder>/pipeline.json`, which the functions read next to their bundle: the pipeline file as written, converted to JSON. Writes
 * also what serverless.yml includes of it: the permissions that its receivers and its clusters need, `<folder>/notify-permissions.json` and
 * `<folder>/cluster-permissions.json`, and the output by which `kubemend doctor` compares it with the relay's,
 * `<folder>/packed-pipeline.json`. Throws InvalidPipeline if it is not valid, so that an invalid file is never deployed. Returns, each in a
 * sentence, the variables that its receivers read and that `service`, the text of serverless.yml, does not mention: nothing sets them at
 * notify, which would try each alert for a day.
 */
export async function packPipeline(
  path: string,
  folder: string,
  service = "",
): Promise<readonly string[]> {
  const read = await readCheckedPipelineFile(path);
  if (!read.ok) {
    const message = formatIssues(path, read.error);
    throw new KubemendError("InvalidPipeline", message, { retryable: false });
  }
  const { document, pipeline } = read.value;
  writeJson(join(folder, "pipeline.json"), document);
  writeJson(join(folder, "notify-permissions.json"), toNotifyPermissions(pipeline.receivers ?? []));
  writeJson(join(folder, "cluster-permissions.json"), toClusterPermissions(pipeline));
  const digest = { Description: "Digest of the packed pipeline", Value: pipeline.digest };
  writeJson(join(folder, "packed-pipeline.json"), { Outputs: { PipelineDigest: digest } });
  return (pipeline.receivers ?? []).flatMap((receiver) => findUnset(receiver, service));
}

function findUnset(receiver: Receiver, service: string): readonly string[] {
  return listCredentials(receiver).flatMap((held) =>
    held.type === "env" && !new RegExp(`\\b${held.variable}:`).test(service)
      ? [
          `The receiver ${receiver.name} reads the variable ${held.variable}, which nothing sets at notify: its alerts would not be delivered. Keep the credential in a secret or a parameter and name that in the pipeline (docs/alerts.md); or set the variable in the environment of notify, which whoever may read the function's configuration can read.`,
        ]
      : [],
  );
}

function writeJson(path: string, value: unknown): void {
  replaceFile(path, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`));
}

/**
 * Copies the `<function>.kubeconfig` files from `source` into `folder`, from which they are packed, as JSON because functions have
 * no YAML library. They contain credentials, so files from an earlier build are removed first, even without a source.
 */
export function packKubeconfigs(source: string | undefined, folder: string): readonly string[] {
  for (const name of listKubeconfigs(folder)) rmSync(join(folder, name));
  if (source === undefined) return [];
  const names = listKubeconfigs(source);
  if (names.length === 0) {
    throw new KubemendError(
      "InvalidConfiguration",
      `KUBEMEND_KUBECONFIGS: ${source} contains no <function>${KUBECONFIG} file, for example normalize${KUBECONFIG}`,
      { retryable: false },
    );
  }
  for (const name of names) {
    replaceFile(join(folder, name), Buffer.from(toJson(join(source, name))));
    // Lambda runs a function as another user, who must be able to read it.
    chmodSync(join(folder, name), 0o644);
  }
  return names;
}

/** Its error messages never quote the file, which contains credentials. */
function toJson(path: string): string {
  const document = parseDocument(readFileSync(path, "utf8"), { prettyErrors: false });
  const [issue] = document.errors;
  if (issue === undefined && isMap(document.contents)) return JSON.stringify(document.toJS());
  const reason = issue === undefined ? "expected a mapping" : issue.code;
  throw new KubemendError("InvalidConfiguration", `${path} is not a kubeconfig: ${reason}`, {
    retryable: false,
  });
}

function listKubeconfigs(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(KUBECONFIG));
}
