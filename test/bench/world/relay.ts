import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { startChild } from "../../../sandbox/host/child.ts";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { writePipeline } from "../pipelines.ts";

/** The relay as installed: the bundled command in a separate process. */
export type MeasuredRelay = AsyncDisposable & {
  /** Returns when each watch has read its snapshot. */
  readonly untilReady: () => Promise<void>;
  readonly metrics: () => Promise<RelayFigures>;
  /** SIGTERM; returns the resource usage of the whole process, as reported by itself. */
  readonly stop: () => Promise<{ readonly cpuMs: number; readonly peakRssBytes: number }>;
};

export type RelayFigures = {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly accepted: number;
  readonly bufferedObjects: number;
  readonly queueRequests: number;
};

export async function startRelay(options: {
  readonly script: string;
  /** State folder of this relay. */
  readonly folder: string;
  readonly kubeconfig: string;
  readonly pipeline: unknown;
  readonly queueUrl: string;
}): Promise<MeasuredRelay> {
  const { folder, kubeconfig, queueUrl } = options;
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${await findFreePort()}`;
  const figuresFile = join(folder, "figures.json");
  const config = writePipeline(folder, "pipeline", options.pipeline);
  const flags = ["--config", config, "--state-dir", join(folder, "state"), "--listen", address];
  const probe = pathToFileURL(join(import.meta.dirname, "../contenders/report-figures.mjs")).href;
  const child = startChild({
    name: "relay",
    args: ["--import", probe, options.script, "relay", ...flags, "--lease", "off"],
    environment: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      KUBEMEND_CHANGES_QUEUE_URL: queueUrl,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_SQS: new URL(queueUrl).origin,
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
      BENCH_FIGURES: figuresFile,
    },
  });
  const get = async (path: string): Promise<Response | undefined> => {
    if (!child.running()) throw new Error(`the relay has ended: ${child.tail()}`);
    return fetch(`http://${address}${path}`).catch(() => undefined);
  };
  return {
    async untilReady() {
      for (;;) {
        const answer = await get("/readyz");
        await answer?.body?.cancel();
        if (answer?.ok === true) return;
        await sleep(50);
      }
    },
    async metrics() {
      for (;;) {
        const text = await (await get("/metrics"))?.text();
        if (text !== undefined) return readFigures(text);
        await sleep(50);
      }
    },
    async stop() {
      await child.stop(20_000);
      if (!existsSync(figuresFile)) throw new Error(`the relay was killed: ${child.tail()}`);
      return JSON.parse(readFileSync(figuresFile, "utf8")) as Awaited<
        ReturnType<MeasuredRelay["stop"]>
      >;
    },
    [Symbol.asyncDispose]: () => child.kill(),
  };
}

function readFigures(text: string): RelayFigures {
  const sum = (name: string): number =>
    text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
  return {
    cpuMs: sum("process_cpu_seconds_total") * 1000,
    rssBytes: sum("process_resident_memory_bytes"),
    accepted: sum("kubemend_relay_changes_total"),
    bufferedObjects: sum("kubemend_relay_buffered_objects"),
    queueRequests: sum("kubemend_relay_queue_requests_total"),
  };
}
