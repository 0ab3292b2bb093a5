import { ensureBinaries, ensureOlderApiServer } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";

/** The API servers that the relay is tested on: the newest, and one that does not serve WatchList by itself. */
export const API_SERVERS = ["1.36.3", "1.33.13"] as const;
export type ApiServerVersion = (typeof API_SERVERS)[number];

const progress = ({ message }: { readonly message: string }): void =>
  void process.stderr.write(`${message}\n`);

/** Path of the program, which is built on first use. */
export async function findApiServer(version: ApiServerVersion): Promise<string> {
  if (version === "1.33.13") return ensureOlderApiServer("1.33", { progress });
  return (await ensureBinaries({ progress }))["kube-apiserver"];
}

/** Starts etcd and an API server of this version, without controllers if not asked for. */
export async function startApiServer(
  version: ApiServerVersion,
  dataDir: string,
  { apiOnly = true }: { readonly apiOnly?: boolean } = {},
): Promise<ControlPlane> {
  const program = await findApiServer(version);
  const binaries = { ...(await ensureBinaries({ progress })), "kube-apiserver": program };
  return startControlPlane({ dataDir, binaries, apiOnly });
}
