terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}
