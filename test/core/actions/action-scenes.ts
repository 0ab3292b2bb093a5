import type { KubernetesObject } from "../../../events/change.ts";
import { toObject, type Scene } from "./run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const template = (container: Json = {}): Json => ({
  spec: { containers: [{ name: "main", image: "web:1", ...container }] },
});

export function toDeployment(spec: Json = {}, metadata: Json = {}, container: Json = {}): Scene {
  const fields = { spec: { replicas: 2, template: template(container), ...spec } };
  return {
    resource: "deployments.apps",
    object: toObject("apps/v1", "Deployment", fields, metadata),
  };
}

export function toNode(spec: Json = {}): Scene {
  return { resource: "nodes", object: toObject("v1", "Node", { spec }) };
}

export function toCronJob(spec: Json = {}): Scene {
  return { resource: "cronjobs.batch", object: toObject("batch/v1", "CronJob", { spec }) };
}

export const HPA: KubernetesObject = toObject("autoscaling/v2", "HorizontalPodAutoscaler", {
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "the-deployment" },
  },
});

export const resources = (memory: string): Json => ({ resources: { limits: { memory } } });
