# The rights of the functions for the packed pipeline: notify reads the credentials of its receivers and sends to their topics and buses;
# transfer and remediate read the kubeconfigs of the clusters to which they write, and assume their roles; for clusters whose changes rules
# take, normalize and sweep do so too.

variable "receivers_file" {
  description = "File dist/functions/notify-permissions.json of `npm run package`, if the pipeline has receivers of alerts"
  type        = string
  default     = null
}

variable "clusters_file" {
  description = "File dist/functions/cluster-permissions.json of `npm run package`, if the pipeline names other clusters"
  type        = string
  default     = null
}

locals {
  pipeline_statements = {
    for role, source in {
      notify    = { path = var.receivers_file, id = "NotifyReceivers" }
      transfer  = { path = var.clusters_file, id = "TransferClusters" }
      remediate = { path = var.clusters_file, id = "RemediateClusters" }
      normalize = { path = var.clusters_file, id = "NormalizeClusters" }
      sweep     = { path = var.clusters_file, id = "SweepClusters" }
      } : role => flatten([
        for one in source.path == null ? [] : [
          for id, resource in jsondecode(file(source.path)).Resources : resource if id == source.id
        ] : one.Properties.PolicyDocument.Statement
    ])
  }
  pipeline_policies = {
    for role, statements in local.pipeline_statements : role => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for statement in statements : {
          Effect = statement.Effect
          Action = statement.Action
          Resource = replace(
            replace(
              replace(
                try(statement.Resource["Fn::Sub"], statement.Resource),
                "$${AWS::Partition}", data.aws_partition.current.partition
              ),
              "$${AWS::Region}", data.aws_region.current.region
            ),
            "$${AWS::AccountId}", data.aws_caller_identity.current.account_id
          )
        }
      ]
    })
  }
}

resource "aws_iam_role_policy" "notify_receivers" {
  count  = length(local.pipeline_statements.notify) > 0 ? 1 : 0
  role   = aws_iam_role.notify_role.name
  name   = "receivers"
  policy = local.pipeline_policies.notify
}

resource "aws_iam_role_policy" "transfer_clusters" {
  count  = length(local.pipeline_statements.transfer) > 0 ? 1 : 0
  role   = aws_iam_role.transfer_role.name
  name   = "clusters"
  policy = local.pipeline_policies.transfer
}

resource "aws_iam_role_policy" "remediate_clusters" {
  count  = length(local.pipeline_statements.remediate) > 0 ? 1 : 0
  role   = aws_iam_role.remediate_role.name
  name   = "clusters"
  policy = local.pipeline_policies.remediate
}

resource "aws_iam_role_policy" "normalize_clusters" {
  count  = length(local.pipeline_statements.normalize) > 0 ? 1 : 0
  role   = aws_iam_role.normalize_role.name
  name   = "clusters"
  policy = local.pipeline_policies.normalize
}

resource "aws_iam_role_policy" "sweep_clusters" {
  count  = length(local.pipeline_statements.sweep) > 0 ? 1 : 0
  role   = aws_iam_role.sweep_role.name
  name   = "clusters"
  policy = local.pipeline_policies.sweep
}
