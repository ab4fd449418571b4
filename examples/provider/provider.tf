terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "appservices_password" {
  description = "Password of the App Services user that owns the keys."
  type        = string
  sensitive   = true
}

provider "appservices" {
  app_id   = "myapp-abcde"
  email    = "ci@example.com"
  password = var.appservices_password # or leave it out and set APPSERVICES_PASSWORD
}
