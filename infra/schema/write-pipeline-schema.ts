/** Writes infra/schema/pipeline.schema.json. Run it with `npm run schema` after a change to the pipeline's structure or to an action's parameters. */
import { writeFileSync } from "node:fs";
import { createPipelineSchema } from "./create-pipeline-schema.ts";

writeFileSync(
  new URL("pipeline.schema.json", import.meta.url),
  `${JSON.stringify(createPipelineSchema(), null, 2)}\n`,
);
