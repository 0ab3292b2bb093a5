/**
 * The lower bound: the stream that the relay reads, whose bytes are counted and discarded. KUBECONFIG, PATH_AND_QUERY, ACCEPT, and the
 * number of objects, which is not counted here, are in the environment. The stream has ended when nothing arrived for a moment after
 * the expected bytes, because the end bookmark is recognized by its text.
 */
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { measure } from "./measure.ts";

const { KUBECONFIG, BENCH_PATH = "", BENCH_ACCEPT = "application/json" } = process.env;
const client = await connectKubeConfig({ kubeconfig: KUBECONFIG });
const report = measure();
const answer = await client.stream({
  method: "GET",
  path: BENCH_PATH,
  accept: BENCH_ACCEPT,
  query: {
    watch: true,
    allowWatchBookmarks: true,
    sendInitialEvents: true,
    resourceVersionMatch: "NotOlderThan",
    timeoutSeconds: 600,
  },
});
if (answer.status !== 200) throw new Error(`the API server answers ${answer.status}`);
/** The end bookmark carries this annotation, in JSON and in protobuf. */
const END = Buffer.from("k8s.io/initial-events-end");
let bytes = 0;
let tail: Buffer = Buffer.alloc(0);
for await (const chunk of answer.body as AsyncIterable<Buffer>) {
  bytes += chunk.length;
  // Only the end of the received bytes is searched, across chunk boundaries: the lower bound must not pay for a full search.
  const end = Buffer.concat([tail, chunk.subarray(-1_024)]);
  if (end.includes(END)) break;
  tail = end.subarray(-1_024);
}
report(bytes);
await client.close();
