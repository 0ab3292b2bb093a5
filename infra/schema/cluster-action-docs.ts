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

const TO = "to: backup-eu";

/** The parameters of the action move. */
export const MOVE_DOCS: KeyGroup = {
  title: "move",
  at: "move",
  intro:
    "Begins a move of an object to another cluster of the file: creates a Move (docs/move.md) in the namespace of the records, under a name that depends only on the record, so that there is only one. The function transfer carries it out. Beside the rights below it needs create and get of moves in the namespace of the records. Verified: everything has moved; verification ends as soon as the Move was rolled back, or has had the same problem for 10 minutes.",
  keys: [
    {
      key: "target",
      description:
        "The object: trigger is the trigger itself; { relation, kind?, index?, resource } is a reference of the trigger; { resource, name, namespace? } names an object, in the trigger's namespace if none is written. It is in the cluster of the trigger.",
      default: "trigger",
      example: `${TO}\ntarget: { resource: clusters.cluster.x-k8s.io, name: web }`,
    },
    {
      key: "to",
      description: "The cluster to which it moves, by its name in clusters.",
      example: TO,
    },
    {
      key: "withOwned",
      description: "true: what the object owns, directly or not, moves with it.",
      default: "false: the move is refused if it owns something",
      example: `${TO}\nwithOwned: true`,
    },
    {
      key: "also",
      description:
        "Other objects that move together with it, from its namespace: { resource, name, withOwned? } is one, { resource, labelSelector, withOwned? } are those with the labels. At most 19 entries.",
      default: "none",
      example: `${TO}\nalso: [{ resource: secrets, labelSelector: cluster=web }]`,
    },
    {
      key: "pause",
      description:
        'The places at which objects of a resource are paused, besides those that are known: { resource, field } is a boolean field, { resource, annotation } an annotation that pauses by being "true".',
      default: "those that are known",
      example: `${TO}\npause: [{ resource: shops.example.com, field: spec.paused }]`,
    },
    {
      key: "blocks",
      description:
        "Annotations that hold the move up, besides kubemend.dev/block-move and clusterctl.cluster.x-k8s.io/block-move.",
      default: "none",
      example: `${TO}\nblocks: [example.com/busy]`,
    },
    {
      key: "removeFinalizers",
      description:
        'Finalizers that are taken off an object of the source after its deletion was accepted and while the target has the object; "*" is any.',
      default: "none: the move waits until the controllers of the source have taken theirs off",
      example: `${TO}\nremoveFinalizers: [cluster.cluster.x-k8s.io]`,
    },
    {
      key: "remade",
      description:
        "Resources whose objects a controller of the target makes again from their owners, besides those that are known, such as the ReplicaSets of a Deployment: they do not move.",
      default: "those that are known",
      example: `${TO}\nremade: [endpoints]`,
    },
    {
      key: "leaveOwned",
      description:
        "true: what is owned and does not move stays in the source without that owner. Otherwise the move is refused.",
      default: "false",
      example: `${TO}\nleaveOwned: true`,
    },
    {
      key: "dropOwners",
      description:
        "true: owners that do not move are left out of the copies. Otherwise the move is refused.",
      default: "false",
      example: `${TO}\ndropOwners: true`,
    },
    {
      key: "leaveData",
      description:
        "true: StatefulSets move although their volumes stay in the source: the copies begin with the claims that the target has, or with empty ones. Otherwise the move is refused.",
      default: "false",
      example: `${TO}\nleaveData: true`,
    },
    {
      key: "createNamespaces",
      description:
        "true: namespaces that the target lacks are created. Otherwise the move is refused.",
      default: "false",
      example: `${TO}\ncreateNamespaces: true`,
    },
    {
      key: "deadlines",
      description:
        "Time limits: block for blocks to be taken away, gone for a deleted object to be gone, write for a write that is refused or lost to succeed. After one, the Move has a problem and is tried again each minute.",
      default: "block: 10m, gone: 10m, write: 2m",
      example: `${TO}\ndeadlines: { block: 1h }`,
    },
  ],
};
