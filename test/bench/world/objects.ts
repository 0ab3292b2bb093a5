/** The objects that are written into the API server, with realistic shapes. */

type Json = Readonly<Record<string, unknown>>;

/** A pod of a Deployment, about 3 KB as the API server sends it, its managedFields included. */
export function toPod(namespace: string, index: number): Json {
  const app = `service-${index % 500}`;
  const probe = (path: string): Json => ({
    httpGet: { path, port: "http" },
    periodSeconds: 10,
    timeoutSeconds: 3,
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name: `${app}-7c9d8f6b5-${index.toString(36).padStart(5, "0")}`,
      labels: { app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7c9d8f6b5" },
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9090" },
    },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name: "main",
          image: `registry.example/shop/${app}:1.42.0`,
          ports: [{ name: "http", containerPort: 8080 }],
          env: [
            { name: "LOG_LEVEL", value: "info" },
            { name: "REGION", value: "eu-central-1" },
            { name: "DATABASE_HOST", value: "postgres.data.svc.cluster.local" },
            { name: "PASSWORD", valueFrom: { secretKeyRef: { name: app, key: "password" } } },
          ],
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          livenessProbe: probe("/healthz"),
          readinessProbe: probe("/readyz"),
        },
      ],
      volumes: [{ name: "config", configMap: { name: app } }],
    },
  };
}

/** A small ConfigMap, under 1 KB, so that the cost per object dominates and not its size. */
export function toConfigMap(namespace: string, index: number): Json {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name: `settings-${index}`, labels: { app: `service-${index % 500}` } },
    data: { index: String(index), text: "x".repeat(200) },
  };
}
