import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { ClusterAccess } from "./kubeconfig.ts";

export type Agents = {
  readonly get: (access: ClusterAccess) => HttpAgent;
  readonly close: () => void;
};

/** Keep-alive agents: a new token uses the open connections; other certificates or another server get connections of their own. */
export function createAgents(): Agents {
  const agents = new Map<string, HttpAgent>();
  return {
    get(access) {
      const { server, ca, cert, key, serverName, insecureSkipVerify } = access;
      const digest = JSON.stringify([server, ca, cert, key, serverName, insecureSkipVerify]);
      const agent = agents.get(digest) ?? createAgent(access);
      agents.set(digest, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function createAgent(access: ClusterAccess): HttpAgent {
  if (access.server.protocol === "http:") return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: !access.insecureSkipVerify,
    ...(access.ca === undefined ? {} : { ca: access.ca }),
    ...(access.cert === undefined ? {} : { cert: access.cert, key: access.key }),
    ...(access.serverName === undefined ? {} : { servername: access.serverName }),
  });
}
