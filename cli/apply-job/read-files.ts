import type { ApplyPolicy } from "../../core/actions/applyJob/decide-apply.ts";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { parseDocuments } from "../input/parse-documents.ts";
import { readInput } from "../input/read-input.ts";
import { readJob, type WrittenJob } from "./read-jobs.ts";

export type FileJob = {
  readonly file: string;
  readonly job: WrittenJob;
  readonly namespace: string;
};

const FAULTS_SHOWN = 20;

/** The Jobs in these files. Throws a KubemendError with everything that is wrong with them, before anything is changed. */
export async function readFiles(
  files: readonly string[],
  options: { readonly namespace: string; readonly policy: ApplyPolicy },
): Promise<readonly FileJob[]> {
  const jobs: FileJob[] = [];
  const faults: string[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const name = file === "-" ? "standard input" : file;
    const documents = await readDocuments(file, name, faults);
    for (const [index, document] of documents.entries()) {
      const place = documents.length === 1 ? name : `${name}, document ${index + 1},`;
      const read = readJob(document);
      const fault = read.ok ? findFault(read.value, options, seen, place) : read.error;
      if (fault !== undefined) faults.push(`${place} ${fault}`);
      else if (read.ok) {
        jobs.push({
          file: name,
          job: read.value,
          namespace: read.value.namespace ?? options.namespace,
        });
      }
    }
  }
  if (jobs.length === 0 && faults.length === 0) {
    faults.push(
      `there is no Job in ${files.map((file) => (file === "-" ? "standard input" : file)).join(", ")}`,
    );
  }
  if (faults.length === 0) return jobs;
  const shown = faults.slice(0, FAULTS_SHOWN);
  const more = faults.length - shown.length;
  const lines = more > 0 ? [...shown, `and ${more} more`] : shown;
  throw new KubemendError("Invalid", `nothing was applied: ${lines.join("\n")}`, {
    retryable: false,
  });
}

async function readDocuments(
  file: string,
  name: string,
  faults: string[],
): Promise<readonly unknown[]> {
  try {
    const documents = parseDocuments(await readInput(file, process.stdin), name);
    return documents.filter((document) => document !== null && document !== undefined);
  } catch (error) {
    if (!isKubemendError(error)) throw error;
    faults.push(describeError(error));
    return [];
  }
}

function findFault(
  job: WrittenJob,
  { namespace, policy }: { readonly namespace: string; readonly policy: ApplyPolicy },
  seen: Map<string, string>,
  place: string,
): string | undefined {
  if (job.isGenerated && policy !== "newName") {
    return `has only generateName, so it is never the same Job: write metadata.name, or use --policy newName`;
  }
  const key = `${job.namespace ?? namespace}/${job.name}`;
  const first = seen.get(key);
  seen.set(key, place);
  return first === undefined ? undefined : `has the same Job as ${first} ${key}`;
}
