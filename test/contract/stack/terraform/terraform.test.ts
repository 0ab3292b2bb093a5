import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createModule,
  LEFT_OUT,
  type PackagedTemplate,
} from "../../../../infra/build/terraform/create-module.ts";
import { toSnake, toType, type Cfn } from "../../../../infra/build/terraform/expressions.ts";
import { readFragments } from "../../../../infra/build/terraform/fragments.ts";
import { findProjectRoot } from "../../../../sandbox/host/project-root.ts";
import { packageService, type PackagedService } from "../../package-service.ts";
import { buildHcl2json } from "./build-hcl2json.ts";

/** The resources of the module, as hcl2json prints them: type, name, and the blocks of that name. */
type Module = { readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

const root = findProjectRoot();
const folder = join(root, "infra", "terraform");
const BY_HAND = ["main.tf", "pipeline.tf", "receivers.tf", "settings.tf"];

let service: PackagedService;
let template: PackagedTemplate;
/** Each resource by type and name, as the text of its JSON. */
const written = new Map<string, string>();

beforeAll(async () => {
  const settings = { KUBEMEND_ACCESS: "secret", KUBEMEND_SIGNING: "secret" };
  service = await packageService(settings, { build: false });
  template = service.parsed as unknown as PackagedTemplate;
  const hcl2json = await buildHcl2json();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".tf"))) {
    const text = execFileSync(hcl2json, [join(folder, file)], { encoding: "utf8" });
    const { resource = {} } = JSON.parse(text) as Module;
    for (const [type, named] of Object.entries(resource)) {
      for (const [name, blocks] of Object.entries(named)) {
        written.set(`${type}.${name}`, JSON.stringify(blocks));
      }
    }
  }
});

afterAll(() => service[Symbol.dispose]());

test("infra/terraform is what `npm run terraform` writes", () => {
  const files = createModule(root, template);
  const found = readdirSync(folder).filter((name) => !BY_HAND.includes(name));
  expect(found.toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files) expect(readFileSync(join(folder, name), "utf8")).toBe(text);
});

describe("each resource of the stack", () => {
  test("is in the module, under the name of its kind", () => {
    const missing = listResources().filter(({ address }) => !written.has(address));
    expect(missing.map(({ address }) => address)).toEqual([]);
  });

  test("has there every text and number that it has in the stack", () => {
    const lost = listResources().flatMap(({ address, properties }) => {
      const text = written.get(address) ?? "";
      const parts = [...written].filter(([other]) =>
        other.endsWith(address.slice(address.indexOf("."))),
      );
      const all = [text, ...parts.map(([, part]) => part)].join("\n");
      return listLiterals(properties)
        .filter((literal) => !all.includes(literal))
        .map((literal) => `${address}: ${literal}`);
    });
    expect(lost).toEqual([]);
  });

  test("is the only one: the module has nothing else", () => {
    const known = new Set(listResources().map(({ address }) => address));
    const roles = [...known].map((address) =>
      address.replace("aws_iam_role.", "aws_iam_role_policy."),
    );
    const others = [...written.keys()].filter(
      (address) => !known.has(address) && !roles.includes(address),
    );
    expect(others.toSorted()).toEqual([
      "aws_cloudwatch_event_target.sweep_events_rule_schedule1",
      "aws_iam_role_policy.normalize_clusters",
      "aws_iam_role_policy.notify_receivers",
      "aws_iam_role_policy.remediate_clusters",
      "aws_iam_role_policy.sweep_clusters",
      "aws_iam_role_policy.transfer_clusters",
    ]);
  });
});

test("nothing of the stage that was packaged is left in the module", () => {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  expect(
    texts.filter((text) => /kubemend-dev|@@\d|us-east-1|\$\{self:|\$\{env:/.test(text)),
  ).toEqual([]);
});

type Listed = { readonly address: string; readonly properties: Cfn };

/** The resources of the template, and those of every way to the cluster and to the keys. */
function listResources(): readonly Listed[] {
  const choices = ["access", "signing"].flatMap((name) => readFragments(join(root, "infra", name)));
  const chosen = choices.flatMap(({ name, resources }) =>
    Object.entries(resources).map(([id, { Type, Properties }]) => ({
      address: `${toType(Type)}.${toSnake(id)}_by_${name.replaceAll("-", "_")}`,
      properties: Properties,
    })),
  );
  const optional = new Set(choices.flatMap(({ resources }) => Object.keys(resources)));
  const always = Object.entries(template.Resources)
    .filter(([id]) => !optional.has(id) && !LEFT_OUT.has(id))
    .map(([id, { Type, Properties }]) => ({
      address: `${toType(Type)}.${toSnake(id)}`,
      properties: Properties,
    }));
  return [...always, ...chosen];
}

/** Properties that the module has elsewhere, or as a setting: the zip, the ways to the cluster and to the keys, kinds of subscribers. */
const ELSEWHERE = new Set([
  "Code",
  "Fn::GetAtt",
  "KUBEMEND_CLUSTER_ACCESS",
  "KUBEMEND_SIGNING_KEYS",
  "Ref",
  "SubscriptionType",
]);
/** Texts that are names of the stage, or that HCL writes in another way. */
const OTHERWISE = /^(?:dev|true|false)$/;

/** The constant parts of all values, as they are written within JSON. */
function listLiterals(value: Cfn, key = ""): readonly string[] {
  if (ELSEWHERE.has(key) || value === null) return [];
  if (typeof value === "number") return [String(value)];
  if (typeof value === "boolean") return [];
  if (typeof value === "string") return listParts(value);
  if (Array.isArray(value)) {
    const [first, ...rest] = value as readonly Cfn[];
    const items = key === "Fn::If" ? rest : [first ?? null, ...rest];
    return items.flatMap((item) => listLiterals(item));
  }
  return Object.entries(value as Readonly<Record<string, Cfn>>).flatMap(([name, item]) =>
    listLiterals(item, name),
  );
}

function listParts(text: string): readonly string[] {
  // A document that is written as text has its own parts.
  if (/^\s*\{/.test(text)) return listLiterals(JSON.parse(text) as Cfn);
  return text
    .split(/\$\{[^}]*\}|kubemend-dev-?/)
    .filter((part) => part !== "" && !OTHERWISE.test(part))
    .map((part) => JSON.stringify(part).slice(1, -1));
}
