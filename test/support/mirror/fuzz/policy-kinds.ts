import fc from "fast-check";
import { selector, spec, type Body } from "./body.ts";
import { some, word } from "./values.ts";

const policyPeers = fc.array(
  fc.constantFrom<object>(
    { podSelector: {} },
    { podSelector: selector },
    { namespaceSelector: {}, podSelector: selector },
    { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
  ),
  { maxLength: 2 },
);
const policyPorts = fc.array(
  fc.constantFrom<object>(
    { port: 80 },
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 80, endPort: 90 },
    { port: "web" },
  ),
  { maxLength: 2 },
);
const rules = fc.array(
  fc.constantFrom<object>(
    { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] },
    { apiGroups: ["apps"], resources: ["*"], resourceNames: ["web"], verbs: ["*"] },
  ),
  { maxLength: 2 },
);
const subjects = fc.array(
  fc.constantFrom<object>(
    { kind: "ServiceAccount", name: "web", namespace: "shop" },
    { kind: "ServiceAccount", name: "web", namespace: "elsewhere" },
    { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "people" },
  ),
  { maxLength: 3 },
);

/** Resources that say what may be done, by whom, and how much of it. */
export const POLICY_KINDS: Readonly<Record<string, Body>> = {
  "horizontalpodautoscalers.autoscaling": spec(
    some(
      {
        minReplicas: fc.integer({ min: 1, max: 3 }),
        maxReplicas: fc.integer({ min: 3, max: 9 }),
        scaleTargetRef: fc.constant({ apiVersion: "apps/v1", kind: "Deployment", name: "web" }),
        metrics: fc.array(
          fc.constantFrom<object>(
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
            },
            {
              type: "Resource",
              resource: {
                name: "memory",
                target: { type: "AverageValue", averageValue: "1024Mi" },
              },
            },
            {
              type: "External",
              external: {
                metric: { name: "q", selector },
                target: { type: "Value", value: "0.5" },
              },
            },
          ),
          { maxLength: 2 },
        ),
        behavior: fc.constantFrom<object>(
          { scaleDown: { stabilizationWindowSeconds: 60 } },
          {
            scaleUp: {
              policies: [{ type: "Pods", value: 2, periodSeconds: 15 }],
              selectPolicy: "Min",
            },
          },
        ),
      },
      ["maxReplicas", "scaleTargetRef"],
    ),
  ),
  "poddisruptionbudgets.policy": spec(
    fc.constantFrom<object>(
      { minAvailable: "50%", selector },
      { maxUnavailable: 1, selector: {} },
      { minAvailable: 0, selector, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    ),
  ),
  "networkpolicies.networking.k8s.io": spec(
    some(
      {
        podSelector: fc.constantFrom({}, selector),
        policyTypes: fc.constantFrom(["Ingress"], ["Egress", "Ingress"]),
        ingress: fc.array(some({ from: policyPeers, ports: policyPorts }), { maxLength: 2 }),
        egress: fc.array(some({ to: policyPeers, ports: policyPorts }), { maxLength: 2 }),
      },
      ["podSelector"],
    ),
  ),
  "ingresses.networking.k8s.io": spec(
    some(
      {
        ingressClassName: word,
        defaultBackend: fc.constantFrom(
          { service: { name: "web", port: { number: 80 } } },
          { service: { name: "web", port: { name: "http" } } },
        ),
        tls: fc.array(
          fc.constantFrom({ hosts: ["a.example"], secretName: "tls" }, { hosts: ["b.example"] }),
          { maxLength: 2 },
        ),
        rules: fc.array(
          fc.record({
            host: fc.constantFrom("a.example", "*.b.example"),
            http: fc.record({
              paths: fc.array(
                fc.constantFrom(
                  {
                    path: "/",
                    pathType: "Prefix",
                    backend: { service: { name: "web", port: { number: 80 } } },
                  },
                  {
                    path: "/a",
                    pathType: "Exact",
                    backend: { service: { name: "a", port: { name: "http" } } },
                  },
                ),
                { minLength: 1, maxLength: 2 },
              ),
            }),
          }),
          { maxLength: 2 },
        ),
      },
      ["defaultBackend"],
    ),
  ),
  "roles.rbac.authorization.k8s.io": fc.record({ rules }),
  "rolebindings.rbac.authorization.k8s.io": fc.record({
    roleRef: fc.constant({ apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" }),
    subjects,
  }),
  "clusterroles.rbac.authorization.k8s.io": fc.record({ rules }),
};
