terraform {
  # `check` blocks and plantimestamp.
  required_version = ">= 1.5"

  required_providers {
    appservices = {
      source  = "appservices/appservices"
      version = ">= 0.1.0"
    }
  }
}
