terraform {
  # `import` blocks.
  required_version = ">= 1.5"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}
