terraform {
  # An `import` block with `for_each`.
  required_version = ">= 1.7"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}
