# Needs the provider hashicorp/kubernetes beside this one, so `terraform validate` needs a registry.
terraform {
  # Write-only arguments.
  required_version = ">= 1.11"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
    kubernetes = {
      source = "hashicorp/kubernetes"
    }
  }
}
