import { writeFileSync } from "node:fs";
import { join } from "node:path";

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
    "KUBEMEND_EKS_CA=LS0t",
    "KUBEMEND_SIGNING=secret",
    "",
  ];
  writeFileSync(file, lines.join("\n"));
  return file;
}
