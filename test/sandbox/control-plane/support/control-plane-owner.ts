import { ensureBinaries } from "../../../../sandbox/build/binaries.ts";
import { startControlPlane } from "../../../../sandbox/control-plane/control-plane.ts";

// Owns a control plane and waits to be killed. Its parent reads one line of JSON when it is ready.
const controlPlane = await startControlPlane({
  dataDir: process.argv[2] ?? "",
  binaries: await ensureBinaries({}),
});
const { kubeconfig } = controlPlane;
process.stdout.write(`${JSON.stringify({ kubeconfig, pids: controlPlane.running() })}\n`);
setInterval(() => {}, 60_000);
