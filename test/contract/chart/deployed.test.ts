import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { readField } from "../../../core/json/read-json.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";
import { CERTIFICATE_AUTHORITY } from "../../support/aws/certificate-authority.ts";

const run = promisify(execFile);
const QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/kubemend-prod-changes.fifo";

it("the chart is rendered by the command of kubemend deploy, with the files of kubemend init", async ({
  skip,
}) => {
  const tools = await findClusterTools();
  if (tools === undefined) return skip(NO_TOOLS);
  using folder = temporaryFolder();
  const dir = join(folder.path, "kubemend");
  const flags = [
    "--cluster",
    "prod",
    "--region",
    "eu-central-1",
    "--image",
    "registry.invalid/relay",
  ];
  expect(await kubemend(["init", "--yes", "--dir", dir, ...flags]).ended).toMatchObject({
    code: 0,
  });
  const settings = join(dir, "prod.env");
  const address = `KUBEMEND_EKS_ENDPOINT=https://prod.invalid\nKUBEMEND_EKS_CA=${CERTIFICATE_AUTHORITY}\n`;
  writeFileSync(settings, `${readFileSync(settings, "utf8")}${address}`);
  const plan = await kubemend(["deploy", "--settings", settings, "--plan"]).ended;
  const install = plan.stdout.split("\n").find((line) => line.includes("helm upgrade --install"));
  const render = (install ?? "")
    .replace("helm upgrade --install", "helm template")
    .replace(/ --wait .*$/, "");
  const path = [dirname(process.execPath), dirname(tools.helm), process.env["PATH"]].join(
    delimiter,
  );
  const { stdout } = await run("sh", ["-euc", render], {
    // Earlier steps set these: the queue, and that no other installation has the definitions.
    env: { ...process.env, PATH: path, CHANGES_QUEUE_URL: QUEUE, DEFINITIONS: "" },
  });
  const objects = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  const relay = objects.find((object) => readField(object, "kind") === "StatefulSet");
  const text = JSON.stringify(relay);
  expect(text).toContain("registry.invalid/relay:");
  expect(text).toContain(QUEUE);
  expect(text).toContain('"secretName":"kubemend-signing-keys"');
  const kinds = new Set(objects.map((object) => readField(object, "kind")));
  expect([...kinds]).toEqual(
    expect.arrayContaining(["ConfigMap", "Role", "CustomResourceDefinition"]),
  );
});
