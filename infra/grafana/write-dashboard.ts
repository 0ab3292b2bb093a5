import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDashboard } from "./create-dashboard.ts";

/* `npm run grafana`: writes infra/grafana/kubemend.json. */

const text = `${JSON.stringify(createDashboard(), null, 2)}\n`;
writeFileSync(join(import.meta.dirname, "kubemend.json"), text);
