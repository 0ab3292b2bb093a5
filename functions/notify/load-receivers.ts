import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { describeError, KubemendError } from "../../core/errors.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { receiversSchema, toReceivers } from "../../core/receivers/receivers-schema.ts";
import type { Receiver } from "../../core/receivers/receiver.ts";
import { describeIssues } from "../../events/contract.ts";
import { readBoundedJson } from "../../events/json.ts";

/**
 * The receivers of the packed pipeline, by name; none if it names none. Nothing else of it is read, because a cold start would need the
 * whole rule language for that, and the build packs only a valid pipeline. Throws `InvalidConfiguration`.
 *
 * @param path of the file; undefined: that next to the bundle, if there is one.
 */
export async function loadReceivers(
  path: string | undefined,
): Promise<ReadonlyMap<string, Receiver>> {
  const file = path ?? fileURLToPath(new URL("pipeline.json", import.meta.url));
  if (path === undefined && !existsSync(file)) return new Map();
  return readReceivers(file);
}

async function readReceivers(path: string): Promise<ReadonlyMap<string, Receiver>> {
  const read = readBoundedJson(await readText(path));
  if (read.outcome === "refused") throw invalid(path, `it is ${read.reason}`);
  const written = readOwn(read.value, "receivers");
  if (written === undefined) return new Map();
  const parsed = v.safeParse(receiversSchema, written);
  if (!parsed.success) throw invalid(path, `receivers: ${describeIssues(parsed.issues)}`);
  return new Map(toReceivers(parsed.output).map((receiver) => [receiver.name, receiver]));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw invalid(path, describeError(error));
  }
}

function invalid(path: string, reason: string): KubemendError {
  const message = `cannot read the receivers of the packed pipeline ${path}: ${reason}`;
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
