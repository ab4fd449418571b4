terraform {
  required_providers {
    appservices = {
      source  = "appservices/appservices"
      version = ">= 0.1.0"
    }
  }
}

variable "appservices_password" {
  description = "Password of the App Services user that owns the keys."
  type        = string
  sensitive   = true
}

provider "appservices" {
  base_url = "http://127.0.0.1:9090" # your server; here the emulator
  app_id   = "myapp-abcde"
  email    = "ci@example.com"
  password = var.appservices_password
}

resource "appservices_user_api_key" "deploy" {
  name = "deploy-bot"
}

output "deploy_key" {
  description = "The secret. Print it with: terraform output -raw deploy_key"
  value       = appservices_user_api_key.deploy.key
  sensitive   = true
}
