/** Operations that few rules have: the executor loads them together, on demand, which keeps the start of the function short. */
export { compareJob } from "./compare-job.ts";
export { executeAwaitGone } from "./execute-await-gone.ts";
export { executeEvent } from "./execute-event.ts";
export { executeManifest } from "./execute-manifest.ts";
export { executeDelete, executeEvict } from "./execute-removal.ts";
