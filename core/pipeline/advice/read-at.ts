import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue } from "../pipeline.ts";

/** What is written at a path of a document; undefined if nothing is. */
export function readAt(document: unknown, path: PipelineIssue["path"]): unknown {
  let value = document;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)] as unknown;
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}
