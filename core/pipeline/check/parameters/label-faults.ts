import { isLabelValue, isQualifiedName } from "../../../cel/library/formats.ts";
import { isObject, readField } from "../../../json/read-json.ts";
import type { RuleAction } from "../../pipeline.ts";
import type { PlacedFault as Placed } from "./fault.ts";

type Parameters = RuleAction["parameters"];

const METADATA_OF_JOB = [
  ["job", "metadata"],
  ["job", "spec", "template", "metadata"],
];
const LABELS = [
  ["set"],
  ["labels"],
  ["labels", "set"],
  ...METADATA_OF_JOB.map((at) => [...at, "labels"]),
];
const ANNOTATIONS = [["set"], ...METADATA_OF_JOB.map((at) => [...at, "annotations"])];

/** Keys that no annotation can have; the API server ignores the case of their letters. */
export function findAnnotations(parameters: Parameters): readonly Placed[] {
  return ANNOTATIONS.flatMap((map) =>
    listKeys(readField(parameters, ...map)).flatMap((key) =>
      isQualifiedName(key.toLowerCase())
        ? []
        : [
            {
              at: [...map, key],
              message: `${JSON.stringify(key)} is not the key of an annotation: a name such as team, or a domain and a name such as example.com/team`,
              hint: "the API server would refuse it",
            },
          ],
    ),
  );
}

/** Keys and values that no label can have. */
export function findLabels(parameters: Parameters): readonly Placed[] {
  return LABELS.flatMap((map) => {
    const written = readField(parameters, ...map);
    if (!isObject(written)) return [];
    return Object.entries(written).flatMap(([key, value]) => {
      const fault = isQualifiedName(key)
        ? typeof value === "string" && !isLabelValue(value)
          ? `${JSON.stringify(value)} is not the value of a label: at most 63 letters, digits, "-", "_" and ".", and a letter or digit at both ends`
          : undefined
        : `${JSON.stringify(key)} is not the key of a label: a name such as team, or a domain and a name such as example.com/team`;
      return fault === undefined
        ? []
        : [{ at: [...map, key], message: fault, hint: "the API server would refuse it" }];
    });
  });
}

/** The key or the value of a taint that none can have. */
export function findTaint({ key, value }: Parameters): readonly Placed[] {
  const faults: Placed[] = [];
  const hint = "the API server would refuse it";
  if (typeof key === "string" && !isQualifiedName(key)) {
    faults.push({
      at: ["key"],
      message: `${JSON.stringify(key)} is not the key of a taint: a name such as maintenance, or example.com/maintenance`,
      hint,
    });
  }
  if (typeof value === "string" && !isLabelValue(value)) {
    faults.push({
      at: ["value"],
      message: `${JSON.stringify(value)} is not the value of a taint`,
      hint,
    });
  }
  return faults;
}

function listKeys(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}
