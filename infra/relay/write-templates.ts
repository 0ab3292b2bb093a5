import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTemplates } from "./create-templates.ts";

/* `npm run chart`: writes the chart's templates of what is in infra/crds and infra/admission. */

const root = join(import.meta.dirname, "..", "..");
for (const [path, text] of createTemplates(root)) {
  writeFileSync(join(import.meta.dirname, "chart", path), text);
}
