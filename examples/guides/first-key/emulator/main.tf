terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Where the service is, and who logs in, comes from the environment.
provider "appservices" {}

resource "appservices_user_api_key" "deploy" {
  name = "deploy-bot"
}

output "deploy_key" {
  description = "Print it with: terraform output -raw deploy_key"
  value       = appservices_user_api_key.deploy.key
  sensitive   = true
}
