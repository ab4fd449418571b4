terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "login_code" {
  description = "What the app's authentication function checks."
  type        = string
  sensitive   = true
}

provider "appservices" {
  app_id = "myapp-abcde"

  # The function gets this object. `jsonencode` writes the text that the provider wants.
  custom_function_payload = jsonencode({
    tenant = "acme"
    code   = var.login_code
  })
}
