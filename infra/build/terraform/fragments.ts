import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { CfnResource } from "./expressions.ts";

/** A file of infra/: its resources, and the variables of the functions that it sets. */
export type Fragment = {
  readonly name: string;
  readonly resources: Readonly<Record<string, CfnResource>>;
  readonly environment: Readonly<Record<string, string>> | string | null | undefined;
};

type Document = {
  readonly Resources?: Readonly<Record<string, CfnResource>>;
  readonly environment?: Readonly<Record<string, string>> | string | null;
  readonly resources?: { readonly Resources?: Readonly<Record<string, CfnResource>> };
};

/** The YAML files of a folder of infra/, by name. */
export function readFragments(folder: string): readonly Fragment[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
  return files.toSorted().map((file) => {
    const document = (parse(readFileSync(join(folder, file), "utf8"), { maxAliasCount: -1 }) ??
      {}) as Document;
    return {
      name: basename(file, ".yml"),
      resources: document.Resources ?? document.resources?.Resources ?? {},
      environment: document.environment,
    };
  });
}

/** The values of osls that a fragment uses, as expressions of Terraform. The longest comes first. */
const VALUES: readonly (readonly [value: string, expression: string])[] = [
  ["${env:KUBEMEND_EKS_REGION, self:provider.region}", "local.eks_region"],
  ["${env:KUBEMEND_EKS_ENDPOINT}", "var.eks_endpoint"],
  ["${env:KUBEMEND_EKS_CA}", "var.eks_certificate_authority_data"],
  ["${env:KUBEMEND_EKS_ROLE_PREFIX}", "var.eks_role_prefix"],
  ["${env:KUBEMEND_EKS_NAME}", "var.eks_name"],
  ["${self:custom.functionFolder}", "local.function_folder"],
  ["${self:service}-${sls:stage}", "local.name"],
  ["${self:custom.queuePrefix}", "local.prefix"],
];

/** Marks that stand for these values while a text is translated; `Fn::Sub` would take them for references. */
export const MARKS: readonly (readonly [mark: string, expression: string])[] = VALUES.map(
  ([, expression], index) => [`@@${index}@@`, expression],
);

export function markValues<T>(value: T): T {
  let text = JSON.stringify(value);
  for (const [index, [written]] of VALUES.entries()) {
    text = text.replaceAll(JSON.stringify(written).slice(1, -1), `@@${index}@@`);
  }
  return JSON.parse(text) as T;
}
