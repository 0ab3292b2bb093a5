# What serverless.yml takes from its command line and its environment.

variable "stage" {
  description = "Name of the stage, a part of every name"
  type        = string
  default     = "dev"
}

variable "package_folder" {
  description = "Folder with the functions' zips, which `npm run package` writes"
  type        = string
}

variable "tags" {
  description = "Tags of every resource"
  type        = map(string)
  default     = {}
}

variable "access" {
  description = "How the functions access the cluster: eks, eks-role, secret, parameter or kubeconfig (docs/access.md)"
  type        = string
  default     = "eks"

  validation {
    condition     = contains(["eks", "eks-role", "secret", "parameter", "kubeconfig"], var.access)
    error_message = "Must be one of eks, eks-role, secret, parameter, kubeconfig."
  }
}

variable "signing" {
  description = "Where the keys are that sign messages: none, secret or parameter (docs/access.md)"
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "secret", "parameter"], var.signing)
    error_message = "Must be one of none, secret, parameter."
  }
}

variable "eks_name" {
  description = "Name of the EKS cluster, for access by eks and eks-role"
  type        = string
  default     = ""
}

variable "eks_endpoint" {
  description = "Address of its API server"
  type        = string
  default     = ""
}

variable "eks_certificate_authority_data" {
  description = "Its certificate authority, in base64"
  type        = string
  default     = ""
}

variable "eks_region" {
  description = "Its region, if it is another one"
  type        = string
  default     = null
}

variable "eks_role_prefix" {
  description = "What the names of the roles in the cluster's account begin with, for access by eks-role"
  type        = string
  default     = ""
}
