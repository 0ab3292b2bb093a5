# The same stack as serverless.yml, as a module. docs/terraform.md shows how to use it.

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name            = "kubemend-${var.stage}"
  prefix          = "${local.name}-"
  tags            = merge(var.tags, { kubemend = var.stage })
  eks_region      = coalesce(var.eks_region, data.aws_region.current.region)
  function_folder = "/var/task/dist/functions"
}
