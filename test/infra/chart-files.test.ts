import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createTemplates } from "../../infra/relay/create-templates.ts";
import packageJson from "../../package.json" with { type: "json" };
import { listSourceFiles, readSource, ROOT } from "../architecture/source-files.ts";
import { readRegisteredMetrics } from "../docs/read-metrics.ts";

const CHART = "infra/relay/chart";
const read = (path: string): string => readFileSync(join(ROOT, CHART, path), "utf8");
const rules = read("templates/prometheusrule.yaml");

describe("the files of the chart", () => {
  it.each([...createTemplates(ROOT)])("%s is what `npm run chart` writes", (path, text) => {
    expect(read(path)).toBe(text);
  });

  it("have the version of Kubemend", () => {
    const { version, appVersion } = parse(read("Chart.yaml")) as Record<string, unknown>;
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  it("have defaults that the schema accepts", () => {
    const validate = new Ajv({ strict: false }).compile(readSchema());
    validate(readValues());
    expect(validate.errors).toBeNull();
  });

  it("have a default for each setting of the schema", () => {
    const grants = ["relay", "normalize", "remediate", "transfer", "sweep"].map(
      (part) => `rbac.grants.${part}`,
    );
    // `global` is Helm's own; grants come from the pipeline.
    expect(listMissing(readSchema(), readValues())).toEqual(["global", ...grants]);
  });

  it("alert only on metrics that the relay serves", () => {
    const served = new Set(
      listSourceFiles(["relay"]).flatMap((file) => readRegisteredMetrics(file, readSource(file))),
    );
    const used = rules.match(/\bkubemend_relay_\w+/g) ?? [];
    const names = used.map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !served.has(name))).toEqual([]);
  });

  it("alert only on what docs/runbooks.md explains", () => {
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const explained = [...readSource("docs/runbooks.md").matchAll(/^\| `(Kubemend\w+)`/gm)];
    expect(alerts).toEqual(explained.map(([, name]) => name));
  });
});

type Values = { readonly [key: string]: Values };
type Schema = { readonly properties?: Readonly<Record<string, Schema>> };

const readValues = (): Values => parse(read("values.yaml")) as Values;
const readSchema = (): Schema => JSON.parse(read("values.schema.json")) as Schema;

/** The settings of a schema that the values do not have. */
function listMissing({ properties = {} }: Schema, values: Values, path = ""): readonly string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const value = values[key];
    return value === undefined ? [path + key] : listMissing(schema, value, `${path}${key}.`);
  });
}
