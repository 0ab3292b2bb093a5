import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CERTIFICATE_AUTHORITY } from "../../support/aws/certificate-authority.ts";

/** Writes `pipeline.yaml`, which does nothing. */
export function writePipelineFile(folder: string): void {
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "shop" },
    watch: [{ resource: "jobs.batch" }],
    rules: [],
  };
  writeFileSync(join(folder, "pipeline.yaml"), JSON.stringify(document));
}

/** Writes the settings of the stage `prod`, of a cluster on EKS, and returns their file. `config`: the pipeline file. */
export function writeStageFile(folder: string, config = "pipeline.yaml"): string {
  const file = join(folder, "prod.env");
  const lines = [
    "KUBEMEND_STAGE=prod",
    "KUBEMEND_REGION=eu-central-1",
    `KUBEMEND_CONFIG=${config}`,
    "KUBEMEND_ACCESS=eks",
    "KUBEMEND_EKS_NAME=shop",
    "KUBEMEND_EKS_ENDPOINT=https://shop.invalid",
    `KUBEMEND_EKS_CA=${CERTIFICATE_AUTHORITY}`,
    "KUBEMEND_SIGNING=secret",
    "",
  ];
  writeFileSync(file, lines.join("\n"));
  return file;
}
