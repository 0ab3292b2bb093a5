import type { KeyGroup } from "./key-doc.ts";

/** The parameters of the action mirror. */
export const MIRROR_DOCS: KeyGroup = {
  title: "mirror",
  at: "mirror",
  intro:
    "Keeps copies of the rule's objects equal in other clusters, see docs/mirror.md. It stands alone in then, or beside an alert, which reports what cannot be mirrored and when that is over. The rule sees all kinds of changes, and the objects that exist at its first start.",
  keys: [
    {
      key: "to",
      description: "The clusters, by their names in clusters; at most 20.",
      example: "to: [backup-eu, backup-us]",
    },
    {
      key: "conflict",
      description:
        'What to do about an object of the copy\'s name that Kubemend did not put there: fail leaves it as it is and keeps a record of the conflict; adopt makes it the copy; skip leaves it without a word. The copy of another object, of another cluster or of another rule is a conflict in any case but skip. An object that has kubemend.dev/remediate: "false", or whose namespace has, is left as it is in any case.',
      default: "fail",
      example: "conflict: adopt",
    },
    {
      key: "delete",
      description:
        "What becomes of a copy when its source is deleted: propagate deletes it too, keep leaves it.",
      default:
        "propagate; keep for namespaces, customresourcedefinitions.apiextensions.k8s.io, persistentvolumeclaims and persistentvolumes, with which other objects or data would go",
      example: "delete: keep",
    },
    {
      key: "left",
      description:
        "What becomes of a copy when the rule no longer covers its source, because a label, a namespace or the condition has changed: delete or keep.",
      default:
        "delete, or keep with delete: keep and for the resources that delete keeps by default",
      example: "left: keep",
    },
    {
      key: "drift",
      description:
        "What to do about a copy that somebody has changed: repair writes what the source says over it; report only counts it, and takes no field over that somebody else has written.",
      default: "repair",
      example: "drift: report",
    },
    {
      key: "compareEvery",
      description: "How often all sources are compared with their copies, from 10m to 7d.",
      default: "1h",
      example: "compareEvery: 6h",
    },
    {
      key: "namespaces",
      description:
        "The namespaces of copies, by those of their sources; one that is not named keeps its name. They must exist in the target, and no two may be led into one, nor one into another whose objects the rule copies to the same place: then on.namespaces has to leave that out. A Namespace itself, and the accounts of role bindings, follow the same map.",
      default: "the same names",
      example: "namespaces: { shop: shop-dr }",
    },
    {
      key: "names",
      description:
        "What the names of copies begin and end with, in addition to those of their sources. Names inside objects, such as that of a ConfigMap in a Pod template, stay as they are.",
      default: "the same names",
      example: "names: { prefix: eu-, suffix: -copy }",
    },
    {
      key: "labels",
      description:
        "Labels that copies get (set, with texts or { cel: ... }), and labels of the source that they do not have (remove).",
      default: "the labels of the source",
      example: "labels: { set: { copied-from: { cel: cluster.name } }, remove: [team] }",
    },
    {
      key: "annotations",
      description: "The same for annotations.",
      default: "the annotations of the source, without those that belong to its cluster",
      example: "annotations: { remove: [argocd.argoproj.io/tracking-id] }",
    },
    {
      key: "fields",
      description:
        "Fields that copies get (set, by their paths, with values or { cel: ... }), and fields that they do not have (remove). Paths are written as in patch, outside metadata and status. An element of a list that a source does not have is left alone.",
      default: "the fields of the source",
      example: "fields: { set: { spec.replicas: 0 }, remove: [spec.paused] }",
    },
    {
      key: "images",
      description:
        "How the images of containers change: one that begins with from begins with to instead. The first that fits decides.",
      default: "the same images",
      example: "images: [{ from: registry.a.example/, to: registry.b.example/ }]",
    },
    {
      key: "status",
      description:
        "Whether copies get the status of their sources, through the status subresource. Only for custom resources whose controller does not run in the target: it would write its own.",
      default: "false",
      example: "status: true",
    },
  ],
};
