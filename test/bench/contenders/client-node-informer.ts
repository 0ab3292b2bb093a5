/** The peer in TypeScript: `@kubernetes/client-node`'s informer over all Pods, until every existing Pod was added. */
import { CoreV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { measure } from "./measure.ts";

const expected = Number(process.env["BENCH_OBJECTS"]);
const config = new KubeConfig();
config.loadFromFile(process.env["KUBECONFIG"] ?? "");
const api = config.makeApiClient(CoreV1Api);
const report = measure();
const informer = makeInformer(config, "/api/v1/pods", () => api.listPodForAllNamespaces());
let added = 0;
const synced = Promise.withResolvers<void>();
informer.on("add", () => {
  added += 1;
  if (added >= expected) synced.resolve();
});
informer.on("error", (error: unknown) => synced.reject(error));
await informer.start();
await synced.promise;
report(added);
await informer.stop();
process.exit(0);
