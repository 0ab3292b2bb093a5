# Which pipeline the functions have been packed with: `kubemend doctor` compares it with the relay's.

variable "packed_pipeline_file" {
  description = "File dist/functions/packed-pipeline.json of `npm run package`"
  type        = string
  default     = null
}

locals {
  pipeline_digest = var.packed_pipeline_file == null ? null : jsondecode(file(var.packed_pipeline_file)).Outputs.PipelineDigest.Value
  function_tags   = merge(local.tags, local.pipeline_digest == null ? {} : { kubemend-pipeline = local.pipeline_digest })
}

output "pipeline_digest" {
  description = "Digest of the packed pipeline, if the module knows it"
  value       = local.pipeline_digest
}
