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
  base_url = "https://appservices.example.com"

  email    = "ci@example.com"
  password = var.appservices_password

  # The authority that signed the server's certificate. The platform's own are trusted as well.
  ca_certificate_file = "${path.root}/ca.pem"

  # A slow server: fewer retries, and more time for each request.
  max_retries     = 2
  request_timeout = "1m30s"
}
