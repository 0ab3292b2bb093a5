import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Setting } from "./setting.ts";

type Parameters = Readonly<
  Record<string, { readonly Default: string | number; readonly Description: string }>
>;

const VARIABLE = /^\$\{env:(?<name>\w+), "?(?<value>[^"]*)"?\}$/;

/** The settings of a deployment that are parameters of its CloudFormation stack. */
export function readStackSettings(root: string): readonly Setting[] {
  const text = readFileSync(join(root, "infra", "parameters.yml"), "utf8");
  const { Parameters } = parse(text) as { readonly Parameters: Parameters };
  return Object.values(Parameters).map(({ Default, Description }) => {
    const { name = "", value = "" } = VARIABLE.exec(String(Default))?.groups ?? {};
    const setting = { name, reader: "npm run package", description: `${Description}.` };
    return value === "" ? setting : { ...setting, default: value };
  });
}
