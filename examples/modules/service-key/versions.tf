terraform {
  required_version = ">= 1.3"

  required_providers {
    appservices = {
      source  = "appservices/appservices"
      version = ">= 0.1.0"
    }
  }
}
