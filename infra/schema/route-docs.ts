import type { KeyGroup } from "./key-doc.ts";

/** The entries of `route`. */
export const ROUTE: KeyGroup = {
  title: "An entry of route",
  at: "route[]",
  intro:
    "Routes are asked in their order about each alert whose rule names no receiver. The first one that takes it decides; with continue: true the next ones are asked, too. An alert that no route takes goes to the receiver default. Each receiver gets an alert once, in a message of its own.",
  keys: [
    {
      key: "when",
      description: "The alerts that it takes: all conditions must hold.",
      default: "every alert",
      example: "when: { severity: critical }",
    },
    {
      key: "when.severity",
      description: "critical, error, warning or info, or a list of them.",
      default: "any",
      example: "when: { severity: [critical, error] }",
    },
    {
      key: "when.rule",
      description: "The id of a rule, or a list of them.",
      default: "any",
      example: "when: { rule: a }",
    },
    {
      key: "when.namespace",
      description:
        "The namespace of the object, or a list of them. Objects without a namespace are in none.",
      default: "any",
      example: "when: { namespace: [payments, orders] }",
    },
    {
      key: "when.labels",
      description: "Labels of the alert, with their values (see alert).",
      default: "any",
      example: "when: { labels: { team: data } }",
    },
    {
      key: "when.namespaceLabels",
      description:
        "A label selector for the object's namespace. The functions then read namespaces, at most once a minute each; while they cannot, such a route takes nothing, and the alert says so.",
      default: "any",
      example: "when: { namespaceLabels: 'team=payments,tier in (gold, silver)' }",
    },
    {
      key: "to",
      description: "The receiver, or a list of them, by their names in receivers.",
      example: "to: [ops]",
    },
    {
      key: "continue",
      description: "Whether the routes after it are asked, too.",
      default: "false",
      example: "continue: true",
    },
  ],
};
