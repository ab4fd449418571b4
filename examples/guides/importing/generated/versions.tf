terraform {
  # `terraform query` wrote this. An import by identity alone needs 1.12.
  required_version = ">= 1.14"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}
