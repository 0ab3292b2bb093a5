import { Document, Scalar } from "yaml";
import type { PipelineFile } from "../../adapters/pipeline-file.ts";
import type { Grant } from "../../core/pipeline/rights/grants.ts";
import { planInstalled } from "../../core/pipeline/rights/installed.ts";

/**
 * What the relay's chart needs of a pipeline file, as a file of values: its text, and the rights of relay and functions. `namespace` is
 * that of the release, which is also that of the records and of the relay's Lease; `cluster` is a cluster whose changes the pipeline takes.
 */
export function toChartValues(
  { pipeline, text }: PipelineFile,
  namespace: string,
  cluster: string = pipeline.cluster.name,
): string {
  const grants = Object.fromEntries(
    Object.entries(planInstalled(pipeline, namespace, cluster)).map(([part, listed]) => [
      part,
      listed.map(toValue),
    ]),
  );
  const source = new Scalar(text);
  source.type = Scalar.BLOCK_LITERAL;
  const document = new Document(
    { pipeline: source, rbac: { namespace, grants } },
    { aliasDuplicateObjects: false },
  );
  const option = cluster === pipeline.cluster.name ? "" : ` --cluster ${cluster}`;
  document.commentBefore = ` Printed by \`kubemend validate FILE --chart-values${option}\`: print it again when the pipeline changes.`;
  return document.toString({ lineWidth: 0 });
}

/** A grant without a namespace is one in the whole cluster. */
function toValue({ namespace, rules }: Grant): object {
  return namespace === null ? { rules } : { namespace, rules };
}
