terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "appservices_jwt" {
  description = "JSON Web Token from an identity provider that the app trusts."
  type        = string
  sensitive   = true
}

provider "appservices" {
  app_id     = "myapp-abcde"
  custom_jwt = var.appservices_jwt
}
