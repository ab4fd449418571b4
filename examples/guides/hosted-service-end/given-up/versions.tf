terraform {
  # `removed` blocks.
  required_version = ">= 1.7"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}
