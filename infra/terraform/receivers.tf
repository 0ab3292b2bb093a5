# What notify needs for the receivers of the packed pipeline: it reads their credentials, and sends to their topics and buses.

variable "receivers_file" {
  description = "File dist/functions/notify-permissions.json of `npm run package`, if the pipeline has receivers of alerts"
  type        = string
  default     = null
}

locals {
  receiver_files = var.receivers_file == null ? [] : [var.receivers_file]
  receiver_statements = flatten([
    for path in local.receiver_files : [
      for one in values(jsondecode(file(path)).Resources) : one.Properties.PolicyDocument.Statement
    ]
  ])
}

resource "aws_iam_role_policy" "notify_receivers" {
  count = length(local.receiver_statements) > 0 ? 1 : 0
  role  = aws_iam_role.notify_role.name
  name  = "receivers"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in local.receiver_statements : {
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
