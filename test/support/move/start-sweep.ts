import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { toAwsEnvironment } from "../../../sandbox/queues/queue-process.ts";
import type { SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startFunction } from "../../../sandbox/runtime/function.ts";
import {
  readFunctionSettings,
  toFunctionEnvironment,
} from "../../../sandbox/runtime/function-settings.ts";

/** The bundled sweep, which a test invokes as the schedule does. `kubeconfig`: of the pipeline's own cluster; `pipeline`: its file, as JSON. */
export function startSweep(
  queues: SandboxQueues,
  { kubeconfig, pipeline }: { readonly kubeconfig: string; readonly pipeline: string },
): ReturnType<typeof startFunction> {
  const settings = readFunctionSettings(findProjectRoot()).find(({ name }) => name === "sweep");
  if (settings === undefined) throw new Error("serverless.yml has no sweep");
  return startFunction({
    ...settings,
    environment: {
      ...toFunctionEnvironment(settings, queues.queues),
      ...toAwsEnvironment(queues),
      KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig }),
      KUBEMEND_PIPELINE: pipeline,
      KUBEMEND_RELAY_LEASE: "off",
    },
    concurrency: 1,
    onLog: () => {},
  });
}
