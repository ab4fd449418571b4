# `terraform query` finds its providers here, and looks for *.tfquery.hcl beside it.
terraform {
  required_version = ">= 1.14"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}
