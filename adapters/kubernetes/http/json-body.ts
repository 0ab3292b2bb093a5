import type { Readable } from "node:stream";
import { wrapItems, wrapObject } from "../../../core/changes/too-deep.ts";
import type { KubernetesRequest } from "./client.ts";
import { KubemendError } from "../../../core/errors.ts";
import { describeNesting, readJson } from "../../../events/json.ts";

/** An API server's pages stay far below; a larger body would exhaust a function's memory. */
export const BODY_MAX_BYTES: number = 64 * 1024 * 1024;

/** Reads a whole body as UTF-8; over the limit the connection is closed and `Invalid` (terminal) is thrown. */
export async function readBounded(
  body: Readable,
  about: string,
  maxBytes: number = BODY_MAX_BYTES,
): Promise<string> {
  return (await readBytes(body, about, maxBytes)).toString("utf8");
}

/** The same, as bytes. */
export async function readBytes(body: Readable, about: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      body.destroy();
      throw new KubemendError(
        "Invalid",
        `${about}: the answer is over ${maxBytes} bytes: select less, by namespace or label`,
        { retryable: false },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The JSON of a 2xx answer; undefined if it is empty. If it is not JSON, something between us and the API server answered: temporary.
 * An object that is nested too deep stays so: `Invalid` (terminal).
 */
export function parseJsonText(
  text: string,
  about: string,
  deep: KubernetesRequest["deep"] = "refuse",
): unknown {
  if (text === "") return undefined;
  const read = readJson(text);
  if (read.outcome === "refused") {
    throw new KubemendError("Unavailable", `${about}: the answer is ${read.reason}`, {
      retryable: true,
    });
  }
  if (read.isTooDeep === undefined) return read.value;
  if (deep === "refuse") {
    const message = `${about}: the object is ${describeNesting()}`;
    throw new KubemendError("Invalid", message, { retryable: false });
  }
  return (deep === "wrapItems" ? wrapItems : wrapObject)(read.value);
}
