/** Writes infra/schema/pipeline.schema.json: `npm run schema`, after a change of the pipeline's form or of an action's parameters. */
import { writeFileSync } from "node:fs";
import { createPipelineSchema } from "./create-pipeline-schema.ts";

writeFileSync(
  new URL("pipeline.schema.json", import.meta.url),
  `${JSON.stringify(createPipelineSchema(), null, 2)}\n`,
);
