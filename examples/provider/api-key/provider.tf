terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "appservices_api_key" {
  description = "A user API key to log in with. Not one that this configuration manages."
  type        = string
  sensitive   = true
}

provider "appservices" {
  app_id  = "myapp-abcde"
  api_key = var.appservices_api_key
}
