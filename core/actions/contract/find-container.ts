import { readField, readList } from "../../json/read-json.ts";
import type { ChangePath } from "../../operations/operation.ts";
import { ok, type Result } from "../../result.ts";
import { toRefusal } from "./change-target.ts";
import type { Refusal } from "./target.ts";

/**
 * The path of a container below the specification of its Pods: the one of that name, or the only one. Refused with NoContainer. `of` names
 * the object in the message.
 */
export function findContainer(
  object: unknown,
  pod: readonly string[],
  wanted: string | undefined,
  of: string,
): Result<ChangePath, Refusal> {
  const found = ["containers", "initContainers"].flatMap((list) =>
    readList(readField(object, ...pod, list)).flatMap((item) => {
      const name = readField(item, "name");
      if (typeof name !== "string" || (wanted ?? name) !== name) return [];
      return list === "initContainers" && wanted === undefined ? [] : [{ list, name }];
    }),
  );
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return ok([...pod, one.list, { name: one.name }]);
  const message =
    one === undefined
      ? `${of} has no container ${wanted ?? ""}`
      : `${of} has the containers ${found.map(({ name }) => name).join(", ")}: name one in the rule`;
  return toRefusal("NoContainer", message);
}
