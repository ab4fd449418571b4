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
  app_id = "myapp-abcde"

  # Or leave out both, and set APPSERVICES_EMAIL and APPSERVICES_PASSWORD.
  email    = "ci@example.com"
  password = var.appservices_password
}
